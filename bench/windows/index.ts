import type { DriverName } from '../drivers/index.js'
import type { Timed } from './timed.js'

/** By the name of a driver, what opens its windows and sessions in a directory, or in memory. */
export const timed: { readonly [name in DriverName]?: (directory: string) => Promise<Timed> } = {
  map: async () => (await import('./map.js')).map(),
  'sorted-btree': async () => (await import('./sorted-btree.js')).sortedBTree(),
  'millpond memory()': async () => (await import('./millpond.js')).millpondMemory(),
  'millpond lmdb()': async directory => (await import('./millpond.js')).millpondLmdb(directory),
  'lmdb-js, structures': async directory => (await import('./lmdb-js.js')).lmdbJs(directory),
  'kafkats lmdb': async directory => (await import('./kafkats.js')).kafkats(directory),
}
