import type { Times } from '../../store/windowed-stretch.js'
import type { Key } from '../key.js'
import { Range } from '../range.js'
import type { Entries } from '../table.js'
import { afterKey, type Layout, type Row } from './layout.js'
import { LATEST, timeKey } from './time.js'
import type { Timeline } from './timeline.js'
import { have, KeyWalk, TimeWalk, type Walk } from './walk.js'

/** A store of windows or sessions as it is read: rows by key and time, and an index of them by time. */
export abstract class Windowed {
  abstract readonly rows: Entries
  abstract readonly index: Entries
  abstract readonly timeline: Timeline

  constructor(readonly layout: Layout) {}

  get(row: Row): Uint8Array | undefined {
    return this.rows.get(this.layout.rowKey(row))
  }

  /** The rows of one key with these times. */
  walkKey(escaped: Key, times: Times, reverse: boolean): Walk {
    return new KeyWalk(this.layout, this.#rangeOf(escaped, times), times, reverse, true)
  }

  /** Hands the sessions of a key that a moment lies in, or no further from than `gap`, to `visit`, by their start. */
  near(escaped: Key, time: number, gap: number, visit: (session: Row, value: Uint8Array) => void): void {
    const times = { from: -Infinity, to: time + gap, endsFrom: time - gap }
    this.rows.scan(this.#rangeOf(escaped, times), false, (key, value) => {
      const session = this.layout.readRow(key)
      if (have(times, session)) visit(session, value)
      return 'next'
    })
  }

  /** Where the rows of one key with these times stand. */
  #rangeOf(escaped: Key, { from, to, endsFrom }: Times): Range {
    // A session may have begun before the bound that its end is beyond, though no longer ago than the longest is long.
    const first = Math.max(from, endsFrom - this.timeline.span)
    return Range.halfOpen(escaped + timeKey(first), to >= LATEST ? afterKey(escaped) : escaped + timeKey(to + 1))
  }

  /** The rows of all keys from one to another, both inclusive: windows by time, sessions by key. */
  walkAll(from: Key | undefined, to: Key | undefined, times: Times, reverse: boolean): Walk {
    if (this.layout.isSessions) {
      const range = Range.halfOpen(from, to === undefined ? undefined : afterKey(to))
      return new KeyWalk(this.layout, range, times, reverse, false)
    }
    const range = Range.halfOpen(timeKey(times.from), times.to >= LATEST ? undefined : timeKey(times.to + 1))
    return new TimeWalk(this.layout, range, from, to, reverse)
  }
}
