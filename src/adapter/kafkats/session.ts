import type { KeyedSession, SessionStore } from '../../store/windowed-types.js'
import type { FlowSessionStore, FlowWindowedKey } from './types.js'
import { type Entries, type Entry, WindowedAdapter } from './windowed.js'
import { asStored, WindowedBound } from './windowed-key.js'

/** A store of sessions in flow's terms. */
export class SessionAdapter<K, V>
  extends WindowedAdapter<K, V, KeyedSession<K, V>, SessionStore<K, V>>
  implements FlowSessionStore<K, V>
{
  protected deleteSync(key: K, sessionStart: number, sessionEnd: number): void {
    this.store.removeSync(key, sessionStart, sessionEnd)
  }

  protected entryOf({ key, sessionStart, sessionEnd, value }: KeyedSession<K, V>): Entry<K, V> {
    return [{ key, windowStart: sessionStart, windowEnd: sessionEnd }, value]
  }

  async *range(from: FlowWindowedKey<K>, to: FlowWindowedKey<K>): Entries<K, V> {
    const [low, high] = [new WindowedBound(this.keyCodec, from), new WindowedBound(this.keyCodec, to)]
    const ofKeys = () => this.store.findSessionsRange(from.key, to.key, -Infinity, Infinity)
    for await (const entry of this.entries(ofKeys)) {
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
}
