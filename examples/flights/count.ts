import type { Stores } from './stores.js'
import { addDelay, addFlight, emptyDelays, emptyTally, isDelayed, type Tally } from './tally.js'

/** A departure, and the hour that it is counted in; undefined if it came too late for that. */
export interface Departure {
  origin: string
  destination: string
  delay: number
  distance: number
  hour: number | undefined
}

/** Counts one departure for its airport, its route and its hour. */
export type Count = (stores: Stores, departure: Departure) => void

// Of one flight after the other: what a store is told it takes out at once.
const inHour = { flights: { add: 1 }, delayed: { add: 0 }, delaySum: { add: 0 }, delayMax: { max: 0 } }
const inAll = { ...inHour, distance: { add: 0 } }

/** Changes the fields where they lie: one native call a row, and no value crosses over. */
export const countInPlace: Count = (stores, { origin, destination, delay, distance, hour }) => {
  inHour.delayed.add = isDelayed(delay) ? 1 : 0
  inHour.delaySum.add = delay
  inHour.delayMax.max = delay
  inAll.distance.add = distance
  stores.airports.updateFieldsSync(origin, inAll)
  stores.routes.updateFieldsSync([origin, destination], inAll)
  if (hour !== undefined) stores.hours.updateFieldsSync(origin, hour, inHour)
}

/** Reads the row, changes it in JavaScript and writes it back. Same state, kept so that the two can be measured. */
export const countByUpdate: Count = (stores, { origin, destination, delay, distance, hour }) => {
  const count = (tally: Tally | undefined) => addFlight(tally ?? emptyTally(), delay, distance)
  stores.airports.updateSync(origin, count)
  stores.routes.updateSync([origin, destination], count)
  if (hour !== undefined) stores.hours.updateSync(origin, hour, delays => addDelay(delays ?? emptyDelays(), delay))
}
