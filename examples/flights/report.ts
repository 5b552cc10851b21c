import { createHash } from 'node:crypto'
import { assertAddsUp } from './check.js'
import type { JobResult } from './job.js'
import type { FlightState } from './state.js'
import type { Durability } from './storage.js'
import type { Row, Tally } from './tally.js'

export interface RankedRow extends Row {
  /** Minutes a flight. */
  readonly meanDelay: number
}

export interface Report {
  readonly totals: Tally
  readonly busiestAirports: readonly RankedRow[]
  /** Of the airports with minimumFlights or more: below that, one bad evening makes a record. */
  readonly longestDelays: readonly RankedRow[]
  readonly minimumFlights: number
  readonly busiestRoutes: readonly RankedRow[]
  /** sha256 is that of every row: two runs that agree on it hold the same state. */
  readonly state: { airports: number; routes: number; entries: number; sha256: string }
  readonly run: {
    engine: string
    /** The departure that it began at: those before it were counted by earlier runs. */
    position: number
    /** null where nothing is durable. */
    durability: Durability | null
    nativeBytes: number | null
    seconds: number
    applySeconds: number
    /** With the time that decoding takes. */
    eventsPerSecond: number
    /** In the state alone. */
    applyEventsPerSecond: number
  }
}

/** What the state says at the end. Throws a Mismatch where it does not add up to what was read. */
export function makeReport(state: FlightState, result: JobResult, durability: Durability | null = null): Report {
  const { totals, counted, seconds, applySeconds } = result
  const airports = [...state.airports()].map(ranked)
  const routes = [...state.routes()].map(ranked)
  assertAddsUp('airports', airports, totals)
  assertAddsUp('routes', routes, totals)
  const minimumFlights = Math.ceil(totals.flights / 1000)
  const frequented = airports.filter(row => row.flights >= minimumFlights)
  const entries = airports.length + routes.length
  return {
    totals,
    busiestAirports: top(airports, row => row.flights),
    longestDelays: top(frequented, row => row.meanDelay),
    minimumFlights,
    busiestRoutes: top(routes, row => row.flights),
    state: { airports: airports.length, routes: routes.length, entries, sha256: fingerprint([...airports, ...routes]) },
    run: {
      engine: state.engine,
      position: totals.flights - counted,
      durability,
      nativeBytes: state.nativeBytes(),
      seconds,
      applySeconds,
      eventsPerSecond: rate(counted, seconds),
      applyEventsPerSecond: rate(counted, applySeconds),
    },
  }
}

/** 0 of nothing, which takes no time. */
const rate = (events: number, seconds: number) => (events === 0 ? 0 : Math.round(events / seconds))

const ranked = (row: Row): RankedRow => ({ ...row, meanDelay: row.delaySum / row.flights })

// Ties go by name, so that two engines with the same state rank alike whatever order they list their rows in.
const byName = (a: Row, b: Row) => (a.name < b.name ? -1 : 1)

function top(rows: RankedRow[], by: (row: RankedRow) => number): RankedRow[] {
  return rows.toSorted((a, b) => by(b) - by(a) || byName(a, b)).slice(0, 10)
}

function fingerprint(rows: Row[]): string {
  const hash = createHash('sha256')
  for (const { name, flights, delayed, delaySum, delayMax, distance } of rows.toSorted(byName)) {
    hash.update(`${name} ${flights} ${delayed} ${delaySum} ${delayMax} ${distance}\n`)
  }
  return hash.digest('hex')
}
