import { isDelayed } from './tally.js'
import { hours, spells } from './windows.js'

/** What is known of time: how far the stream is, what was closed, and in what order the flights came. */
export interface Reading {
  /** The latest departure so far; -Infinity before the first. */
  streamTime: number
  /** The earliest one; Infinity before the first. */
  firstTime: number
  /** Hours that start before it, and spells that end before theirs, are closed and were taken up. */
  hoursClosed: number
  spellsClosed: number
  /** Flights that left before one that came earlier. */
  outOfOrder: number
  /** Those of them that came when their hour was over, and found it open all the same. */
  inGrace: number
  /** By how much they left earlier: the sum and the most, in milliseconds. */
  behindSum: number
  behindMax: number
  /** Flights whose hour was closed when they came. They are in no hour and in no spell. */
  tooLate: number
  tooLateDelayed: number
  tooLateDelaySum: number
}

export const beforeTheFirst = (): Reading => ({
  streamTime: -Infinity,
  firstTime: Infinity,
  hoursClosed: -Infinity,
  spellsClosed: -Infinity,
  outOfOrder: 0,
  inGrace: 0,
  behindSum: 0,
  behindMax: 0,
  tooLate: 0,
  tooLateDelayed: 0,
  tooLateDelaySum: 0,
})

/** What has just closed: hours that start, and spells that end, from one time up to but not with another. */
export interface Closed {
  readonly hours: { readonly from: number; readonly to: number }
  readonly spells: { readonly from: number; readonly to: number }
}

/** Stream time: it goes on with the latest departure, and never back. */
export class Clock {
  #openFrom: number

  /** Goes on from what another one read, and keeps its own reading there. */
  constructor(readonly reading: Reading = beforeTheFirst()) {
    this.#openFrom = hours.closedBefore(reading.streamTime)
  }

  /**
   * The start of the hour of a departure, or undefined if it came too late for it. That is decided here, by stream time
   * alone, and not by what happens to have been closed: the result is the same however the input is cut into batches.
   */
  hourOf(time: number, delay: number): number | undefined {
    const { reading } = this
    const hour = hours.windowStart(time)
    if (time < reading.firstTime) reading.firstTime = time
    if (time >= reading.streamTime) {
      reading.streamTime = time
      this.#openFrom = hours.closedBefore(time)
      return hour
    }
    const behind = reading.streamTime - time
    reading.outOfOrder += 1
    reading.behindSum += behind
    if (behind > reading.behindMax) reading.behindMax = behind
    if (hour < this.#openFrom) {
      reading.tooLate += 1
      if (isDelayed(delay)) reading.tooLateDelayed += 1
      reading.tooLateDelaySum += delay
      return undefined
    }
    if (hour + hours.size <= reading.streamTime) reading.inGrace += 1
    return hour
  }

  /** Closes what stream time has passed by. */
  close(): Closed {
    const { streamTime } = this.reading
    return this.#closeUpTo(hours.closedBefore(streamTime), spells.closedBefore(streamTime))
  }

  /** Closes everything: no flight is to come. */
  closeAll(): Closed {
    return this.#closeUpTo(Infinity, Infinity)
  }

  #closeUpTo(hoursTo: number, spellsTo: number): Closed {
    const { reading } = this
    const closed = {
      hours: { from: reading.hoursClosed, to: hoursTo },
      spells: { from: reading.spellsClosed, to: spellsTo },
    }
    reading.hoursClosed = hoursTo
    reading.spellsClosed = spellsTo
    return closed
  }
}
