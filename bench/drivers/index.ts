import type { Driver } from '../driver.js'

/** By name, what a child process loads: each driver's packages are in the processes that measure it, and no other. */
export const drivers = {
  map: async () => (await import('./map.js')).map,
  'sorted-btree': async () => (await import('./sorted-btree.js')).sortedBTree,
  'sorted-btree (default)': async () => (await import('./sorted-btree.js')).sortedBTreeDefault,
  'millpond memory()': async () => (await import('./millpond-memory.js')).millpondMemory,
} satisfies Record<string, () => Promise<Driver>>

export type DriverName = keyof typeof drivers
