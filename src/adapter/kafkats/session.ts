import type { KeyedSession, SessionStore } from '../../store/windowed-types.js'
import type { Boundaries } from './boundaries.js'
import { FlowStore } from './store.js'
import type { FlowCodec, FlowSessionStore, FlowWindowedKey } from './types.js'
import { asStored, checkWindowedKey, WindowedBound } from './windowed-key.js'

type Entries<K, V> = AsyncGenerator<[FlowWindowedKey<K>, V], void, undefined>

/** A store of sessions in flow's terms. */
export class SessionAdapter<K, V> extends FlowStore<SessionStore<K, V>> implements FlowSessionStore<K, V> {
  constructor(
    store: SessionStore<K, V>,
    boundaries: Boundaries,
    private readonly keyCodec: FlowCodec<K>,
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
      this.store.removeSync(key.key, key.windowStart, key.windowEnd)
    })
  }

  all(): Entries<K, V> {
    return this.#entries(() => this.store.all())
  }

  async *range(from: FlowWindowedKey<K>, to: FlowWindowedKey<K>): Entries<K, V> {
    const [low, high] = [new WindowedBound(this.keyCodec, from), new WindowedBound(this.keyCodec, to)]
    const ofKeys = () => this.store.findSessionsRange(from.key, to.key, -Infinity, Infinity)
    for await (const entry of this.#entries(ofKeys)) {
      if (low.ofSession(entry[0]) >= 0 && high.ofSession(entry[0]) <= 0) yield entry
    }
  }

  async *findSessions(key: K, earliestStart: number, latestEnd: number): Entries<K, V> {
    this.boundaries.reads()
    const rows = this.store.findSessions(key, earliestStart, latestEnd)
    const stored = asStored(this.keyCodec, key)
    for (const { sessionStart, sessionEnd, value } of rows) {
      yield [{ key: stored, windowStart: sessionStart, windowEnd: sessionEnd }, value]
    }
  }

  remove(key: K): Promise<void> {
    return this.write(() => this.store.removeSync(key))
  }

  async expireOldSessions(currentTime: number): Promise<FlowWindowedKey<K>[]> {
    const expired = await this.write(() => this.store.expireSync(currentTime))
    return expired.map(({ key, sessionStart, sessionEnd }) => {
      return { key, windowStart: sessionStart, windowEnd: sessionEnd }
    })
  }

  /** Rows are asked for when iteration begins: a mistake in the arguments is told there, as by a generator. */
  async *#entries(rows: () => Iterable<KeyedSession<K, V>>): Entries<K, V> {
    this.boundaries.reads()
    for (const { key, sessionStart, sessionEnd, value } of rows()) {
      yield [{ key, windowStart: sessionStart, windowEnd: sessionEnd }, value]
    }
  }
}
