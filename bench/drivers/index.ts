import type { DiskDriver, Driver } from '../driver.js'
import type { PeerName } from '../peers.js'

/**
 * By name, what a child process loads: each driver's packages are in the processes that measure it, and no other. A new
 * driver is a file and a line here, and plan.ts says at which workloads it runs.
 */
export const drivers = {
  map: async () => (await import('./map.js')).map,
  'sorted-btree': async () => (await import('./sorted-btree.js')).sortedBTree,
  'sorted-btree (default)': async () => (await import('./sorted-btree.js')).sortedBTreeDefault,
  'millpond memory()': async () => (await import('./millpond-memory.js')).millpondMemory,
} satisfies Record<string, () => Promise<Driver>>

/** The same for those that keep their state in a directory. */
export const diskDrivers = {
  'millpond lmdb()': async () => (await import('./millpond-lmdb.js')).millpondLmdb,
  'millpond lmdb(), json()': async () => (await import('./millpond-lmdb.js')).millpondLmdbJson,
  'lmdb-js': async () => (await import('./lmdb-js.js')).lmdbJs,
  'lmdb-js, structures': async () => (await import('./lmdb-js.js')).lmdbJsStructures,
  'kafkats lmdb': async () => (await import('./kafkats.js')).kafkats,
  'classic-level': async () => (await import('./classic-level.js')).classicLevel,
  'better-sqlite3': async () => (await import('./better-sqlite3.js')).betterSqlite3,
} satisfies Record<string, () => Promise<DiskDriver>>

export type MemoryDriverName = keyof typeof drivers
export type DiskDriverName = keyof typeof diskDrivers
export type DriverName = MemoryDriverName | DiskDriverName

/** What a driver needs of bench/peers. */
export const peersOf: { readonly [name in DriverName]?: PeerName } = {
  'lmdb-js': 'lmdb',
  'lmdb-js, structures': 'lmdb',
  'kafkats lmdb': '@kafkats/flow-state-lmdb',
  'classic-level': 'classic-level',
  'better-sqlite3': 'better-sqlite3',
}
