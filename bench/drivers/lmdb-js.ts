import { type DiskDriver, type DiskStore, type ValueKind, type Values, weigh } from '../driver.js'
import { peer } from '../peers.js'

interface Database<V> {
  get(key: string): V | undefined
  put(key: string, value: V): Promise<boolean>
  getRange(options: { start: string; limit: number }): Iterable<{ key: string; value: V }>
  batch(write: () => void): Promise<boolean>
  transactionSync(write: () => void): void
  /** Resolves when all that was committed so far is on the disk. */
  readonly flushed: Promise<boolean>
  close(): Promise<void>
}

interface LmdbJs {
  open<V>(options: { path: string; sharedStructuresKey?: symbol }): Database<V>
}

const { open } = peer<LmdbJs>('lmdb')

const driverOf = (options: { sharedStructuresKey?: symbol }): DiskDriver => ({
  package: 'lmdb',
  async open<K extends ValueKind>(path: string): Promise<DiskStore<Values[K]>> {
    const database = open<Values[K]>({ path, ...options })
    return {
      get: key => database.get(key),
      scan(start, limit) {
        let sum = 0
        for (const { key, value } of database.getRange({ start, limit })) sum += weigh(value) + key.length
        return sum
      },
      put(key, value) {
        database.put(key, value)
      },
      // Of the ways to put many, the fastest: puts alone, awaited or not, and `transactionSync` take 10–20 % longer.
      async commit(write) {
        await database.batch(write)
        await database.flushed
      },
      // The one way in which a get sees a put of the same commit.
      async transact(write) {
        database.transactionSync(write)
        await database.flushed
      },
      // A put's own promise may come 20 ms after it is on the disk, where nobody waits for `flushed`.
      async putAwaited(keys, value) {
        await Promise.all(keys.map(key => database.put(key, value)))
        await database.flushed
      },
      close: () => database.close(),
    }
  },
})

/** As `open({ path })` makes it. */
export const lmdbJs = driverOf({})

/** With the names of fields stored once for all values: the fastest that it has for objects. */
export const lmdbJsStructures = driverOf({ sharedStructuresKey: Symbol.for('structures') })
