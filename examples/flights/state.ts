import type { StateStoreProvider } from 'millpond'
import { Clock, type Reading } from './clock.js'
import type { HourRow, RhythmRow, SpellRow, StateRow } from './closed.js'
import { closeAll, closePast, openRankings } from './closing.js'
import { type Count, countInPlace, type Departure } from './count.js'
import type { Place } from './places.js'
import type { Batch } from './source.js'
import { mergeSpells } from './spell.js'
import { fillPlaces, openStores, type Stores } from './stores.js'
import { isDelayed, type Row } from './tally.js'
import { MINUTE, spells } from './windows.js'

/** What the job needs of the place where it keeps its state. */
export interface FlightState {
  readonly engine: string
  /** Counts a batch, and closes what stream time has passed by then. */
  apply(batch: Batch): void
  /** Closes all: the input has ended. */
  end(): void
  airports(): Iterable<Row>
  routes(): Iterable<Row>
  /** Of what is closed: by airport and hour of the day, by state, and the first few. */
  rhythm(): Iterable<RhythmRow>
  states(): Iterable<StateRow>
  busiestHours(): readonly HourRow[]
  longestSpells(): readonly SpellRow[]
  reading(): Readonly<Reading>
  placeOf(airport: string): Place | undefined
  /** null where nothing is kept outside the JavaScript heap. */
  nativeBytes(): number | null
}

/** The state of the job in stores of `provider`. */
export function openState(provider: StateStoreProvider, count: Count = countInPlace): FlightState {
  const stores = openStores(provider)
  fillPlaces(stores)
  return stateOf(stores, provider, count)
}

/** The state that lies in `stores`, which are of `provider`. */
export function stateOf(stores: Stores, provider: StateStoreProvider, count: Count = countInPlace): FlightState {
  const clock = new Clock(stores.clock.getSync('stream'))
  const rankings = openRankings(stores)
  const departure: Departure = { origin: '', destination: '', delay: 0, distance: 0, hour: undefined }

  function countAt({ origin, destination, scheduled, delay, distance }: Batch, i: number) {
    const minutes = delay[i]!
    const time = scheduled[i]! + minutes * MINUTE
    departure.origin = origin[i]!
    departure.destination = destination[i]!
    departure.delay = minutes
    departure.distance = distance[i]!
    departure.hour = clock.hourOf(time, minutes)
    count(stores, departure)
    if (departure.hour === undefined || !isDelayed(minutes)) return
    stores.spells.mergeSync(departure.origin, time, spells.gap, near => mergeSpells(near, minutes))
  }

  return {
    engine: 'millpond',
    apply(batch) {
      for (let i = 0; i < batch.origin.length; i++) countAt(batch, i)
      closePast(stores, rankings, clock)
    },
    end: () => closeAll(stores, rankings, clock),
    *airports() {
      for (const { key, value } of stores.airports.all()) yield { name: key, ...value }
    },
    *routes() {
      for (const { key, value } of stores.routes.all()) yield { name: key.join('-'), ...value }
    },
    *rhythm() {
      for (const { key, value } of stores.rhythm.all()) yield { airport: key[0], hour: key[1], ...value }
    },
    *states() {
      for (const { key, value } of stores.states.all()) yield { name: key, ...value }
    },
    busiestHours: () => rankings.hours.rows,
    longestSpells: () => rankings.spells.rows,
    reading: () => clock.reading,
    placeOf: airport => stores.places.getSync(airport),
    nativeBytes: () => provider.stats().nativeBytes,
  }
}
