import type { Batch } from '../../../../examples/flights/source.js'
import { MINUTE } from '../../../../examples/flights/windows.js'

export interface TestDeparture {
  readonly origin?: string
  readonly destination?: string
  /** When it was to leave, in minutes. */
  readonly at?: number
  readonly delay?: number
  readonly distance?: number
}

/** A batch of departures, which fill in what a test does not care about. */
export function batchOf(departures: readonly TestDeparture[], firstRow = 0): Batch {
  const numbers = (of: (departure: TestDeparture) => number) => Float64Array.from(departures, of)
  return {
    firstRow,
    nextRow: firstRow + departures.length,
    scheduled: numbers(({ at = 0 }) => at * MINUTE),
    origin: departures.map(({ origin = 'JFK' }) => origin),
    destination: departures.map(({ destination = 'LAX' }) => destination),
    delay: numbers(({ delay = 0 }) => delay),
    distance: numbers(({ distance = 100 }) => distance),
  }
}
