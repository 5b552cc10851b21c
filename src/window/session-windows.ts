import { checkTime } from '../store/times.js'
import { type Duration, milliseconds } from './duration.js'

/** Sessions: windows that last as long as no two of their moments are further apart than a gap. */
export class SessionWindows {
  private constructor(
    /** The longest time without anything, in milliseconds: for `SessionStore.merge`. */
    readonly gap: number,
    /** How long after its end and the gap a session still takes what is late. */
    readonly graceMs: number,
  ) {}

  static withInactivityGap(gap: Duration): SessionWindows {
    return new SessionWindows(milliseconds(gap, 'gap', 1), 0)
  }

  /** Sessions that close only so long after their gap. */
  grace(grace: Duration): SessionWindows {
    return new SessionWindows(this.gap, milliseconds(grace, 'grace', 0))
  }

  /** Sessions that end before this are closed: at `streamTime` nothing that is still to come in time can be near. */
  closedBefore(streamTime: number): number {
    if (streamTime === -Infinity) return streamTime
    checkTime(streamTime, 'streamTime')
    return streamTime - this.gap - this.graceMs
  }
}
