import type { FlowStateStoreProvider } from 'millpond/kafkats'
import { storesOf, type Tally, type VeryLate } from './topology.js'

const whole = (n: number) => Math.round(n).toLocaleString('en-US')
const clock = (time: number) => new Date(time).toISOString().slice(0, 16).replace('T', ' ')
const top = <T>(rows: T[], weight: (row: T) => number) => rows.sort((a, b) => weight(b) - weight(a)).slice(0, 5)

/** The tallies of all airports, busiest first. */
async function talliesOf(provider: FlowStateStoreProvider): Promise<[string, Tally][]> {
  const tallies: [string, Tally][] = []
  for await (const entry of storesOf(provider).tallies.all()) tallies.push(entry)
  return top(tallies, ([, { flights }]) => flights)
}

/** How many flights all tallies come to. */
export async function flightsOf(provider: FlowStateStoreProvider): Promise<number> {
  let sum = 0
  for await (const [, { flights }] of storesOf(provider).tallies.all()) sum += flights
  return sum
}

/** What the stores hold and what went out, as lines. */
export async function report(provider: FlowStateStoreProvider, veryLate: readonly VeryLate[]): Promise<string[]> {
  const { hours, spells } = storesOf(provider)
  const perHour = new Map<number, number>()
  for await (const [{ windowStart }, count] of hours.all()) {
    perHour.set(windowStart, (perHour.get(windowStart) ?? 0) + count)
  }
  const found = []
  for await (const [{ key, windowStart, windowEnd }, count] of spells.all()) {
    found.push({ key, windowStart, minutes: (windowEnd - windowStart) / 60_000, count })
  }
  return [
    'Busiest airports',
    ...(await talliesOf(provider)).map(
      ([code, { flights, delays }]) =>
        `  ${code}  ${whole(flights).padStart(7)} flights, ${whole(delays / flights)} min late`,
    ),
    'Busiest hours of those that are kept',
    ...top([...perHour], ([, count]) => count).map(([start, count]) => `  ${clock(start)}  ${whole(count)} departures`),
    'Longest spells of delay of those that are kept',
    ...top(found, ({ minutes }) => minutes).map(
      ({ key, windowStart, minutes, count }) =>
        `  ${key}  ${clock(windowStart)}  ${whole(minutes)} min, ${whole(count)} late departures`,
    ),
    `Very late departures: ${whole(veryLate.length)}`,
    ...top([...veryLate], ({ delay }) => delay).map(
      ({ airport, destination, delay }) => `  ${whole(delay / 60)} h  ${airport} to ${destination}`,
    ),
  ]
}
