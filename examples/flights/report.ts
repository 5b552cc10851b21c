import { createHash } from 'node:crypto'
import { assertAddsUp } from './check.js'
import type { Reading } from './clock.js'
import type { HourRow, SpellRow, StateRow } from './closed.js'
import type { JobResult } from './job.js'
import { placeText } from './places.js'
import type { FlightState } from './state.js'
import type { Durability } from './storage.js'
import type { Row, Tally } from './tally.js'
import { MINUTE } from './windows.js'

export interface RankedRow extends Row {
  /** Minutes a flight. */
  readonly meanDelay: number
}

/** What it is of which a row knows the airport. */
export interface Placed {
  /** As the table of airports has it: 'Chicago, IL'. */
  readonly place: string
}

export interface Report {
  readonly totals: Tally
  readonly busiestAirports: readonly (RankedRow & Placed)[]
  /** Of the airports with minimumFlights or more: below that, one bad evening makes a record. */
  readonly longestDelays: readonly (RankedRow & Placed)[]
  readonly minimumFlights: number
  readonly busiestRoutes: readonly RankedRow[]
  readonly busiestHours: readonly (HourRow & Placed)[]
  readonly longestSpells: readonly (SpellRow & Placed)[]
  readonly delayedStates: readonly StateRow[]
  readonly order: Order
  /** sha256 is that of every row: two runs that agree on it hold the same state. */
  readonly state: { airports: number; routes: number; entries: number; sha256: string }
  readonly run: {
    engine: string
    /** The departure that it began at: those before it were counted by earlier runs. */
    position: number
    /** null where nothing is durable. */
    durability: Durability | null
    /** Where the picture was written; null if none was. */
    picture: string | null
    nativeBytes: number | null
    seconds: number
    applySeconds: number
    /** With the time that decoding takes. */
    eventsPerSecond: number
    /** In the state alone. */
    applyEventsPerSecond: number
  }
}

/** In what order the flights came, by the time that they left. */
export interface Order extends Pick<Reading, 'outOfOrder' | 'inGrace' | 'tooLate'> {
  /** By how much those out of order left before stream time, in minutes. */
  readonly meanBehind: number
  readonly mostBehind: number
}

/** What the state says at the end. Throws a Mismatch where it does not add up to what was read. */
export function makeReport(state: FlightState, result: JobResult, durability: Durability | null = null): Report {
  const { totals, counted, seconds, applySeconds } = result
  const airports = [...state.airports()].map(ranked)
  const routes = [...state.routes()].map(ranked)
  assertAddsUp('airports', airports, totals)
  assertAddsUp('routes', routes, totals)
  const closed = closedRows(state, totals)
  const minimumFlights = Math.ceil(totals.flights / 1000)
  const frequented = airports.filter(row => row.flights >= minimumFlights)
  const placed = <R>(row: R, airport: string) => ({ ...row, place: placeText(state.placeOf(airport)) })
  return {
    totals,
    busiestAirports: top(airports, row => row.flights).map(row => placed(row, row.name)),
    longestDelays: top(frequented, row => row.meanDelay).map(row => placed(row, row.name)),
    minimumFlights,
    busiestRoutes: top(routes, row => row.flights),
    busiestHours: state.busiestHours().map(row => placed(row, row.airport)),
    longestSpells: state.longestSpells().map(row => placed(row, row.airport)),
    delayedStates: top([...state.states()], row => row.minutes),
    order: orderOf(state.reading()),
    state: {
      airports: airports.length,
      routes: routes.length,
      entries: airports.length + routes.length + closed.length,
      sha256: fingerprint([...[...airports, ...routes].map(tallyLine), ...closed]),
    },
    run: {
      engine: state.engine,
      position: totals.flights - counted,
      durability,
      picture: null,
      nativeBytes: state.nativeBytes(),
      seconds,
      applySeconds,
      eventsPerSecond: rate(counted, seconds),
      applyEventsPerSecond: rate(counted, applySeconds),
    },
  }
}

/** What is kept of hours and spells, a line a row, once it is found to add up: what came too late is in neither. */
function closedRows(state: FlightState, { flights, delayed, delaySum }: Tally): string[] {
  const [rhythm, states, reading] = [[...state.rhythm()], [...state.states()], state.reading()]
  assertAddsUp('hours', rhythm, {
    flights: flights - reading.tooLate,
    delayed: delayed - reading.tooLateDelayed,
    delaySum: delaySum - reading.tooLateDelaySum,
  })
  assertAddsUp('spells', states, { flights: delayed - reading.tooLateDelayed })
  return [
    ...rhythm.map(row => `${row.airport} ${row.hour} ${row.flights} ${row.delayed} ${row.delaySum}`),
    ...states.map(row => `${row.name} ${row.spells} ${row.flights} ${row.minutes}`),
    ...state.busiestHours().map(({ airport, start, flights }) => `hour ${start} ${airport} ${flights}`),
    ...state.longestSpells().map(({ airport, start, end }) => `spell ${start} ${end} ${airport}`),
    `order ${reading.outOfOrder} ${reading.inGrace} ${reading.behindSum} ${reading.tooLate}`,
  ]
}

function orderOf({ outOfOrder, inGrace, tooLate, behindSum, behindMax }: Readonly<Reading>): Order {
  const meanBehind = outOfOrder === 0 ? 0 : behindSum / outOfOrder / MINUTE
  return { outOfOrder, inGrace, tooLate, meanBehind, mostBehind: behindMax / MINUTE }
}

/** 0 of nothing, which takes no time. */
const rate = (events: number, seconds: number) => (events === 0 ? 0 : Math.round(events / seconds))

const ranked = (row: Row): RankedRow => ({ ...row, meanDelay: row.delaySum / row.flights })

// Ties go by name, so that two engines with the same state rank alike whatever order they list their rows in.
const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

function top<R extends { name: string }>(rows: R[], by: (row: R) => number): R[] {
  return rows.toSorted((a, b) => by(b) - by(a) || byName(a, b)).slice(0, 10)
}

const tallyLine = ({ name, flights, delayed, delaySum, delayMax, distance }: Row) =>
  `${name} ${flights} ${delayed} ${delaySum} ${delayMax} ${distance}`

function fingerprint(lines: string[]): string {
  const hash = createHash('sha256')
  for (const line of lines.toSorted()) hash.update(`${line}\n`)
  return hash.digest('hex')
}
