import type { KeyValueStore } from 'millpond'
import { addFlight, emptyTally, isDelayed, type Tally } from './tally.js'

export interface Stores {
  readonly airports: KeyValueStore<string, Tally, string>
  readonly routes: KeyValueStore<[origin: string, destination: string], Tally, [origin: string]>
}

/** Counts one departure in both stores. */
export type Count = (stores: Stores, origin: string, destination: string, delay: number, distance: number) => void

/** Changes the fields where they lie: one native call a row, and no value crosses over. */
export const countInPlace: Count = ({ airports, routes }, origin, destination, delay, distance) => {
  const flight = {
    flights: { add: 1 },
    delayed: { add: isDelayed(delay) ? 1 : 0 },
    delaySum: { add: delay },
    delayMax: { max: delay },
    distance: { add: distance },
  }
  airports.updateFieldsSync(origin, flight)
  routes.updateFieldsSync([origin, destination], flight)
}

/** Reads the row, changes it in JavaScript and writes it back. Same state, kept so that the two can be measured. */
export const countByUpdate: Count = ({ airports, routes }, origin, destination, delay, distance) => {
  const count = (tally: Tally | undefined) => addFlight(tally ?? emptyTally(), delay, distance)
  airports.updateSync(origin, count)
  routes.updateSync([origin, destination], count)
}
