import type { KeyedWindowEntry, WindowStore } from '../../store/windowed-types.js'
import type { Boundaries } from './boundaries.js'
import type { FlowCodec, FlowWindowedKey, FlowWindowStore } from './types.js'
import { type Entries, type Entry, WindowedAdapter } from './windowed.js'
import { asStored, WindowedBound } from './windowed-key.js'

/** A store of windows in flow's terms. */
export class WindowAdapter<K, V>
  extends WindowedAdapter<K, V, KeyedWindowEntry<K, V>, WindowStore<K, V>>
  implements FlowWindowStore<K, V>
{
  constructor(
    store: WindowStore<K, V>,
    boundaries: Boundaries,
    keyCodec: FlowCodec<K>,
    /** How much longer the store keeps windows than flow asked for, in milliseconds. */
    private readonly keptLonger: number,
  ) {
    super(store, boundaries, keyCodec)
  }

  protected deleteSync(key: K, windowStart: number, windowEnd: number): void {
    this.store.deleteSync(key, windowStart, windowEnd)
  }

  protected entryOf({ key, windowStart, windowEnd, value }: KeyedWindowEntry<K, V>): Entry<K, V> {
    return [{ key, windowStart, windowEnd }, value]
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
    return this.entries(() => this.store.fetchAll(timeFrom, timeTo))
  }

  fetchRange(keyFrom: K, keyTo: K, timeFrom: number, timeTo: number): Entries<K, V> {
    return this.entries(() => this.store.fetchRange(keyFrom, keyTo, timeFrom, timeTo))
  }

  expireOldWindows(currentTime: number): Promise<number> {
    return this.write(() => this.store.expireSync(currentTime + this.keptLonger))
  }
}
