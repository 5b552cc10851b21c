/** What is kept of the flights from one airport, or along one route. */
export interface Tally {
  flights: number
  /** Flights that left more than 15 minutes late. */
  delayed: number
  /** Minutes; early departures count against late ones. */
  delaySum: number
  /** The longest delay in minutes; negative where every flight left early. */
  delayMax: number
  /** Miles. */
  distance: number
}

/** A tally and whose it is: 'JFK', or 'JFK-LAX'. */
export interface Row extends Tally {
  readonly name: string
}

export const emptyTally = (): Tally => ({ flights: 0, delayed: 0, delaySum: 0, delayMax: -Infinity, distance: 0 })

export const isDelayed = (delay: number): boolean => delay > 15

export function addFlight(tally: Tally, delay: number, distance: number): Tally {
  tally.flights += 1
  if (isDelayed(delay)) tally.delayed += 1
  tally.delaySum += delay
  if (delay > tally.delayMax) tally.delayMax = delay
  tally.distance += distance
  return tally
}
