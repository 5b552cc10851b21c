import { codec, type FlowApp, SessionWindows, TimeWindows } from '@kafkats/flow'
import type { FlowStateStoreProvider } from 'millpond/kafkats'
import type { Airport, Flight } from './source.js'

export interface Tally {
  readonly flights: number
  /** Minutes. */
  readonly delays: number
}

/** A flight that left very late, with the name of its airport. */
export interface VeryLate extends Flight {
  readonly airport: string
}

const LATE = 15
const VERY_LATE = 12 * 60
const HOUR = 3_600_000
const GAP = HOUR / 2
/** flow keeps the windows, and the sessions, of so many sizes, or gaps. */
const KEPT = 24

const key = codec.string()
const [tally, count, airport, flight] = [
  codec.json<Tally>(),
  codec.json<number>(),
  codec.json<Airport>(),
  codec.json<Flight>(),
]
// Changelogs are written to Kafka, and TestDriver has none to restore them from.
const changelog = false

/** A tally of each airport, departures by hour, spells of delay, and very late flights with the names of their airports. */
export function build(app: FlowApp): void {
  const airports = app.table('airports', { key, value: airport, materialized: { storeName: 'names', changelog } })
  const flights = app.stream('flights', { key, value: flight })
  flights.groupByKey().aggregate<Tally>(
    () => ({ flights: 0, delays: 0 }),
    (_, { delay }, { flights, delays }) => ({ flights: flights + 1, delays: delays + delay }),
    { storeName: 'tallies', value: tally, changelog },
  )
  const perHour = flights.groupByKey().windowedBy(TimeWindows.of('1h'))
  perHour.count({ storeName: 'hours', value: count, changelog })
  const late = flights.filter((_, flight) => flight!.delay > LATE)
  const spells = late.groupByKey().windowedBy(SessionWindows.withInactivityGap('30m'))
  spells.count({ storeName: 'spells', value: count, changelog })
  flights
    .filter((_, flight) => flight!.delay > VERY_LATE)
    .join(airports, (flight, { name }): VeryLate => ({ ...flight, airport: name }))
    .to('very-late', { key, value: codec.json<VeryLate>() })
}

/** The stores of the topology, to be read from: as flow opened them. */
export function storesOf(provider: FlowStateStoreProvider) {
  return {
    tallies: provider.createKeyValueStore('tallies', { keyCodec: key, valueCodec: tally }),
    hours: provider.createWindowStore('hours', {
      keyCodec: key,
      valueCodec: count,
      windowSizeMs: HOUR,
      retentionMs: KEPT * HOUR,
    }),
    spells: provider.createSessionStore('spells', { keyCodec: key, valueCodec: count, retentionMs: KEPT * GAP }),
  }
}
