import type { Driver } from '../driver.js'

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

export type DriverName = keyof typeof drivers
