import type { Boundaries } from './boundaries.js'
import { FlowStore, type Store } from './store.js'
import type { FlowCodec, FlowWindowedKey } from './types.js'
import { checkWindowedKey } from './windowed-key.js'

export type Entry<K, V> = [FlowWindowedKey<K>, V]
export type Entries<K, V> = AsyncGenerator<Entry<K, V>, void, undefined>

/** What stores of windows and of sessions have in common; Row is what they give of each in a scan. */
interface WindowedStore<K, V, Row> extends Store {
  getSync(key: K, start: number, end: number): V | undefined
  putSync(key: K, value: V, start: number, end: number): void
  all(): Iterable<Row>
}

/** Windows or sessions in flow's terms, which has one kind of key for both. */
export abstract class WindowedAdapter<K, V, Row, S extends WindowedStore<K, V, Row>> extends FlowStore<S> {
  constructor(
    store: S,
    boundaries: Boundaries,
    protected readonly keyCodec: FlowCodec<K>,
  ) {
    super(store, boundaries)
  }

  /** Removes one window or session. */
  protected abstract deleteSync(key: K, start: number, end: number): void
  protected abstract entryOf(row: Row): Entry<K, V>

  async get(key: FlowWindowedKey<K>): Promise<V | undefined> {
    this.boundaries.reads()
    checkWindowedKey(key)
    return this.store.getSync(key.key, key.windowStart, key.windowEnd)
  }

  put(key: FlowWindowedKey<K>, value: V): Promise<void> {
    return this.write(() => {
      checkWindowedKey(key)
      this.store.putSync(key.key, value, key.windowStart, key.windowEnd)
    })
  }

  delete(key: FlowWindowedKey<K>): Promise<void> {
    return this.write(() => {
      checkWindowedKey(key)
      this.deleteSync(key.key, key.windowStart, key.windowEnd)
    })
  }

  all(): Entries<K, V> {
    return this.entries(() => this.store.all())
  }

  /** Rows are asked for when iteration begins: a mistake in the arguments is told there, as by a generator. */
  protected async *entries(rows: () => Iterable<Row>): Entries<K, V> {
    this.boundaries.reads()
    for (const row of rows()) yield this.entryOf(row)
  }
}
