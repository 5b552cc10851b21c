// What is kept of hours and spells that are over.
import type { Delays } from './tally.js'

/** An hour of an airport. */
export interface HourRow extends Delays {
  readonly airport: string
  readonly start: number
}

/** A spell of delay: from its first departure to its last. */
export interface SpellRow extends Omit<Delays, 'delayed'> {
  readonly airport: string
  readonly start: number
  readonly end: number
}

/** An hour of the day at an airport: all its days together. */
export interface RhythmRow {
  readonly airport: string
  /** From 0 to 23. */
  readonly hour: number
  flights: number
  delayed: number
  delaySum: number
}

/** The spells of delay of all airports of a state. */
export interface StateRow {
  readonly name: string
  spells: number
  /** The late departures in them. */
  flights: number
  /** How long they were together, in minutes. */
  minutes: number
}

// No two rows compare equal: which ones are kept does not depend on the order in which they come.
export const byFlights = (a: HourRow, b: HourRow): number => b.flights - a.flights || before(a, b)
export const byLength = (a: SpellRow, b: SpellRow): number => b.end - b.start - (a.end - a.start) || before(a, b)

function before(a: HourRow | SpellRow, b: HourRow | SpellRow): number {
  return a.start - b.start || (a.airport < b.airport ? -1 : 1)
}
