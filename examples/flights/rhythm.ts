import type { RhythmRow } from './closed.js'
import type { FlightState } from './state.js'
import { DAY } from './windows.js'

/** An hour of the day at one airport, as the picture shows it. */
export interface RhythmCell {
  /** The airport and its city. */
  readonly airport: string
  readonly hour: number
  /** Departures in this hour of a day, on average. */
  readonly departures: number
  /** The share of them that was more than 15 minutes late; null where there are too few to say. */
  readonly late: number | null
}

export interface Rhythm {
  /** The airports with the most flights, busiest first. */
  readonly airports: readonly string[]
  readonly cells: readonly RhythmCell[]
  /** How many days it is the average of. */
  readonly days: number
}

/** What the closed hours say of a day at the busiest airports. */
export function rhythmOf(state: FlightState, count = 20): Rhythm {
  const { firstTime, streamTime } = state.reading()
  const days = Math.max(1, Math.ceil((streamTime - firstTime) / DAY))
  const flights = new Map(Array.from(state.airports(), row => [row.name, row.flights]))
  const airports = [...flights.keys()]
    .toSorted((a, b) => flights.get(b)! - flights.get(a)! || (a < b ? -1 : 1))
    .slice(0, count)
  const shown = new Set(airports)
  const label = (airport: string) => `${airport} ${state.placeOf(airport)?.city ?? ''}`.trimEnd()
  return {
    airports: airports.map(label),
    cells: Array.from(state.rhythm())
      .filter(row => shown.has(row.airport))
      .map(row => cellOf(row, label(row.airport), days)),
    days,
  }
}

/** Where there is less than a flight a day, those that there are are the late ones of the evening before. */
const cellOf = ({ hour, flights, delayed }: RhythmRow, airport: string, days: number): RhythmCell => ({
  airport,
  hour,
  departures: flights / days,
  late: flights < days ? null : delayed / flights,
})
