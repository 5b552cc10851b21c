import { outOfRange } from '../error.js'
import { checkTime } from '../store/times.js'
import { type Duration, milliseconds } from './duration.js'

/** When a window starts and ends, in milliseconds. */
export interface WindowTimes {
  windowStart: number
  windowEnd: number
}

/**
 * Windows of one size that begin at regular times, counted from the epoch: tumbling if they begin where the one before
 * ends, hopping if they overlap. A moment is in a window from its start on, up to but not with its end.
 *
 * ```js
 * const windows = TimeWindows.of('1h').advanceBy('15m').grace('5m')
 * for (const { windowStart } of windows.windowsFor(event.time)) store.addSync(event.key, windowStart, 1)
 * ```
 */
export class TimeWindows {
  private constructor(
    /** How long a window is, in milliseconds. */
    readonly size: number,
    /** How long after one window the next begins. */
    readonly advance: number,
    /** How long after its end a window still takes what is late. */
    readonly graceMs: number,
  ) {}

  /** Tumbling windows. */
  static of(size: Duration): TimeWindows {
    const length = milliseconds(size, 'size', 1)
    return new TimeWindows(length, length, 0)
  }

  /** Hopping windows: one begins so long after another. */
  advanceBy(advance: Duration): TimeWindows {
    const length = milliseconds(advance, 'advance', 1)
    if (length > this.size) {
      throw outOfRange(`advance: ${length} ms would leave gaps between windows of ${this.size} ms`)
    }
    return new TimeWindows(this.size, length, this.graceMs)
  }

  /** Windows that close only so long after their end. */
  grace(grace: Duration): TimeWindows {
    return new TimeWindows(this.size, this.advance, milliseconds(grace, 'grace', 0))
  }

  /** The windows that a moment is in, the earliest first. O(windows). */
  windowsFor(timestamp: number): WindowTimes[] {
    checkTime(timestamp, 'timestamp')
    const windows = []
    for (let start = this.#startAfter(timestamp - this.size); start <= timestamp; start += this.advance) {
      windows.push({ windowStart: start, windowEnd: start + this.size })
    }
    return windows
  }

  /** The start of the latest window that a moment is in: of tumbling windows, of the one. */
  windowStart(timestamp: number): number {
    checkTime(timestamp, 'timestamp')
    return this.#startAfter(timestamp - this.advance)
  }

  /**
   * The start of the earliest window that is open yet: those that start before it are closed, for at `streamTime` their end
   * and the grace are over. -Infinity for a stream time of -Infinity.
   */
  closedBefore(streamTime: number): number {
    if (streamTime === -Infinity) return streamTime
    checkTime(streamTime, 'streamTime')
    return this.#startAfter(streamTime - this.size - this.graceMs)
  }

  /** The first start after a moment. */
  #startAfter(time: number): number {
    return (Math.floor(time / this.advance) + 1) * this.advance
  }
}
