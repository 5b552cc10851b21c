import { type DiskDriver, type DiskStore, type ValueKind, type Values, weigh } from '../driver.js'
import { peer } from '../peers.js'

interface Level<V> {
  open(): Promise<void>
  getSync(key: string): V | undefined
  put(key: string, value: V, options: { sync: true }): Promise<void>
  batch(): Batch<V>
  iterator(options: { gte: string; limit: number }): { all(): Promise<[string, V][]> }
  close(): Promise<void>
}

interface Batch<V> {
  put(key: string, value: V): this
  write(options: { sync: true }): Promise<void>
}

type ClassicLevel = new <V>(location: string, options: { valueEncoding: string }) => Level<V>

const { ClassicLevel } = peer<{ ClassicLevel: ClassicLevel }>('classic-level')

export const classicLevel: DiskDriver = {
  package: 'classic-level',
  async open<K extends ValueKind>(location: string, kind: K): Promise<DiskStore<Values[K]>> {
    const level = new ClassicLevel<Values[K]>(location, { valueEncoding: kind === 'text' ? 'utf8' : 'json' })
    await level.open()
    let batch: Batch<Values[K]>
    return {
      get: key => level.getSync(key),
      async scan(gte, limit) {
        let sum = 0
        for (const [key, value] of await level.iterator({ gte, limit }).all()) sum += weigh(value) + key.length
        return sum
      },
      put(key, value) {
        batch.put(key, value)
      },
      commit(write) {
        batch = level.batch()
        write()
        return batch.write({ sync: true })
      },
      putAwaited: (keys, value) => Promise.all(keys.map(key => level.put(key, value, { sync: true }))),
      close: () => level.close(),
    }
  },
}
