// What becomes of an hour and of a spell that are over, for states that change a row in JavaScript.
import type { RhythmRow, SpellRow, StateRow } from '../../examples/flights/closed.js'
import type { Delays } from '../../examples/flights/tally.js'
import { MINUTE } from '../../examples/flights/windows.js'

export const emptyRhythm = (airport: string, hour: number): RhythmRow => ({
  airport,
  hour,
  flights: 0,
  delayed: 0,
  delaySum: 0,
})

export const emptyState = (name: string): StateRow => ({ name, spells: 0, flights: 0, minutes: 0 })

export function addHour(row: RhythmRow, { flights, delayed, delaySum }: Delays): RhythmRow {
  row.flights += flights
  row.delayed += delayed
  row.delaySum += delaySum
  return row
}

export function addSpell(state: StateRow, { start, end, flights }: SpellRow): StateRow {
  state.spells += 1
  state.flights += flights
  state.minutes += (end - start) / MINUTE
  return state
}
