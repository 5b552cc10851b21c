import { type DiskDriver, type DiskStore, type ValueKind, type Values, weigh } from '../driver.js'
import { peer } from '../peers.js'

/** Of its own classes: what is used here. */
export interface Database<K, V> {
  get(key: K): V | undefined
  put(key: K, value: V): Promise<boolean>
  remove(key: K): Promise<boolean>
  getRange(range: Range): Iterable<{ key: K; value: V }>
  getKeys(range: Range): Iterable<K>
}

/** Keys that are arrays are in the order of their parts, after what they begin with. */
export interface Range {
  start?: unknown
  end?: unknown
  limit?: number
  reverse?: boolean
}

export interface Root<V> extends Database<string, V> {
  openDB<K, V>(name: string, options: Options): Database<K, V>
  batch(write: () => void): Promise<boolean>
  transactionSync<T>(write: () => T): T
  /** Resolves when all that was committed so far is on the disk. */
  readonly flushed: Promise<boolean>
  close(): Promise<void>
}

interface Options {
  sharedStructuresKey?: symbol
}

export const { open } = peer<{ open<V>(options: Options & { path: string; maxDbs?: number }): Root<V> }>('lmdb')

/** With the names of fields stored once for all values: the fastest that it has for objects. */
export const structures: Options = { sharedStructuresKey: Symbol.for('structures') }

const driverOf = (options: Options): DiskDriver => ({
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

export const lmdbJsStructures = driverOf(structures)
