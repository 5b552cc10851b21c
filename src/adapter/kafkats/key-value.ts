import type { KeyValueStore } from '../../store/types.js'
import { FlowStore } from './store.js'
import type { FlowKeyValueStore } from './types.js'

/** A key-value store in flow's terms. */
export class KeyValueAdapter<K, V> extends FlowStore<KeyValueStore<K, V>> implements FlowKeyValueStore<K, V> {
  async get(key: K): Promise<V | undefined> {
    this.boundaries.reads()
    return this.store.getSync(key)
  }

  put(key: K, value: V): Promise<void> {
    return this.write(() => this.store.putSync(key, value))
  }

  delete(key: K): Promise<void> {
    return this.write(() => this.store.deleteSync(key))
  }

  async *all(): AsyncGenerator<[K, V], void, undefined> {
    this.boundaries.reads()
    for (const { key, value } of this.store.all()) yield [key, value]
  }

  async *range(from: K, to: K): AsyncGenerator<[K, V], void, undefined> {
    this.boundaries.reads()
    for (const { key, value } of this.store.range(from, to)) yield [key, value]
  }
}
