import { checkTime } from '../store/times.js'
import { type Duration, milliseconds } from './duration.js'
import type { WindowTimes } from './time-windows.js'

/**
 * Windows of one size that begin and end with what they hold: one for each moment at which something comes or goes. Both
 * ends are in a window.
 *
 * ```js
 * const windows = SlidingWindows.of('10m')
 * const { from, to } = windows.startsFor(event.time)
 * for (const { windowStart } of store.fetch(event.key, from, to)) store.addSync(event.key, windowStart, 1)
 * ```
 */
export class SlidingWindows {
  private constructor(
    /** How far apart the first and the last moment of a window are, in milliseconds. */
    readonly size: number,
    /** How long after its end a window still takes what is late. */
    readonly graceMs: number,
  ) {}

  static of(size: Duration): SlidingWindows {
    return new SlidingWindows(milliseconds(size, 'size', 1), 0)
  }

  /** Windows that close only so long after their end. */
  grace(grace: Duration): SlidingWindows {
    return new SlidingWindows(this.size, milliseconds(grace, 'grace', 0))
  }

  /** The window that ends with a moment. */
  windowFor(timestamp: number): WindowTimes {
    checkTime(timestamp, 'timestamp')
    return { windowStart: timestamp - this.size, windowEnd: timestamp }
  }

  /** From when to when, both inclusive, the windows start that a moment is in. */
  startsFor(timestamp: number): { from: number; to: number } {
    checkTime(timestamp, 'timestamp')
    return { from: timestamp - this.size, to: timestamp }
  }

  /** Windows that start before this are closed: at `streamTime` their end and the grace are over. */
  closedBefore(streamTime: number): number {
    if (streamTime === -Infinity) return streamTime
    checkTime(streamTime, 'streamTime')
    return streamTime - this.size - this.graceMs
  }
}
