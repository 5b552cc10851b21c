import type { FlightState } from './state.js'
import { addFlight, emptyTally, type Row, type Tally } from './tally.js'

/** The same state in two Maps and nothing else: what the stores are compared with. */
export function mapState(): FlightState {
  const airports = new Map<string, Tally>()
  const routes = new Map<string, Tally>()
  return {
    engine: 'Map',
    apply({ origin, destination, delay, distance }) {
      for (let i = 0; i < origin.length; i++) {
        addFlight(tallyOf(airports, origin[i]!), delay[i]!, distance[i]!)
        addFlight(tallyOf(routes, `${origin[i]!}-${destination[i]!}`), delay[i]!, distance[i]!)
      }
    },
    airports: () => rows(airports),
    routes: () => rows(routes),
    nativeBytes: () => null,
  }
}

function tallyOf(tallies: Map<string, Tally>, name: string): Tally {
  const known = tallies.get(name)
  if (known) return known
  const tally = emptyTally()
  tallies.set(name, tally)
  return tally
}

function* rows(tallies: Map<string, Tally>): Iterable<Row> {
  for (const [name, tally] of tallies) yield { name, ...tally }
}
