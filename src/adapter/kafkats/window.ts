import type { KeyedWindowEntry, WindowStore } from '../../store/windowed-types.js'
import type { Boundaries } from './boundaries.js'
import { FlowStore } from './store.js'
import type { FlowCodec, FlowWindowedKey, FlowWindowStore } from './types.js'
import { asStored, checkWindowedKey, WindowedBound } from './windowed-key.js'

type Entries<K, V> = AsyncGenerator<[FlowWindowedKey<K>, V], void, undefined>

/** A store of windows in flow's terms. */
export class WindowAdapter<K, V> extends FlowStore<WindowStore<K, V>> implements FlowWindowStore<K, V> {
  constructor(
    store: WindowStore<K, V>,
    boundaries: Boundaries,
    private readonly keyCodec: FlowCodec<K>,
    /** How much longer the store keeps windows than flow asked for, in milliseconds. */
    private readonly keptLonger: number,
  ) {
    super(store, boundaries)
  }

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
      this.store.deleteSync(key.key, key.windowStart, key.windowEnd)
    })
  }

  all(): Entries<K, V> {
    return this.#entries(() => this.store.all())
  }

  async *range(from: FlowWindowedKey<K>, to: FlowWindowedKey<K>): Entries<K, V> {
    const [low, high] = [new WindowedBound(this.keyCodec, from), new WindowedBound(this.keyCodec, to)]
    for await (const entry of this.fetchAll(from.windowStart, to.windowStart)) {
      if (low.ofWindow(entry[0]) >= 0 && high.ofWindow(entry[0]) <= 0) yield entry
    }
  }

  async *fetch(key: K, timeFrom: number, timeTo: number): Entries<K, V> {
    this.boundaries.reads()
    const rows = this.store.fetch(key, timeFrom, timeTo)
    const stored = asStored(this.keyCodec, key)
    for (const { windowStart, windowEnd, value } of rows) yield [{ key: stored, windowStart, windowEnd }, value]
  }

  fetchAll(timeFrom: number, timeTo: number): Entries<K, V> {
    return this.#entries(() => this.store.fetchAll(timeFrom, timeTo))
  }

  fetchRange(keyFrom: K, keyTo: K, timeFrom: number, timeTo: number): Entries<K, V> {
    return this.#entries(() => this.store.fetchRange(keyFrom, keyTo, timeFrom, timeTo))
  }

  expireOldWindows(currentTime: number): Promise<number> {
    return this.write(() => this.store.expireSync(currentTime + this.keptLonger))
  }

  /** Rows are asked for when iteration begins: a mistake in the arguments is told there, as by a generator. */
  async *#entries(rows: () => Iterable<KeyedWindowEntry<K, V>>): Entries<K, V> {
    this.boundaries.reads()
    for (const { key, windowStart, windowEnd, value } of rows()) yield [{ key, windowStart, windowEnd }, value]
  }
}
