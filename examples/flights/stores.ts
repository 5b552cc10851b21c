import {
  f64,
  type KeyValueStore,
  type SessionStore,
  type StateStoreProvider,
  string,
  struct,
  tuple,
  u32,
  type WindowStore,
} from 'millpond'
import type { Reading } from './clock.js'
import type { HourRow, RhythmRow, SpellRow, StateRow } from './closed.js'
import { type Place, readPlaces } from './places.js'
import type { Spell } from './spell.js'
import type { Delays, Tally } from './tally.js'
import { hours, retention } from './windows.js'

/** Everything that the job keeps. */
export interface Stores {
  readonly airports: KeyValueStore<string, Tally, string>
  readonly routes: KeyValueStore<[origin: string, destination: string], Tally, [origin: string]>
  /** By airport: the hours that are not over, and the spells. */
  readonly hours: WindowStore<string, Delays>
  readonly spells: SessionStore<string, Spell>
  /** What is kept of those that are over: by airport and hour of the day, by state, and the first few by rank. */
  readonly rhythm: KeyValueStore<
    [airport: string, hour: number],
    Omit<RhythmRow, 'airport' | 'hour'>,
    [airport: string]
  >
  readonly states: KeyValueStore<string, Omit<StateRow, 'name'>, string>
  readonly busiestHours: KeyValueStore<number, HourRow>
  readonly longestSpells: KeyValueStore<number, SpellRow>
  /** The table that the stream is joined with, by airport. */
  readonly places: KeyValueStore<string, Place, string>
  /** One row: how far time is. */
  readonly clock: KeyValueStore<string, Reading, string>
}

const delays = { flights: u32(), delayed: u32(), delaySum: f64(), delayMax: f64() }
const tally = struct({ ...delays, distance: f64() })
const spell = { flights: u32(), delaySum: f64(), delayMax: f64() }
const reading = struct({
  streamTime: f64(),
  firstTime: f64(),
  hoursClosed: f64(),
  spellsClosed: f64(),
  outOfOrder: u32(),
  inGrace: u32(),
  behindSum: f64(),
  behindMax: f64(),
  tooLate: u32(),
  tooLateDelayed: u32(),
  tooLateDelaySum: f64(),
})

export function openStores(provider: StateStoreProvider): Stores {
  const keyCodec = string()
  return {
    airports: provider.createKeyValueStore('airports', { keyCodec, valueCodec: tally }),
    routes: provider.createKeyValueStore('routes', { keyCodec: tuple(string(), string()), valueCodec: tally }),
    hours: provider.createWindowStore('hours', {
      keyCodec,
      valueCodec: struct(delays),
      windowSize: hours.size,
      retention: retention.hours,
    }),
    spells: provider.createSessionStore('spells', {
      keyCodec,
      valueCodec: struct(spell),
      retention: retention.spells,
    }),
    rhythm: provider.createKeyValueStore('rhythm', {
      keyCodec: tuple(string(), u32()),
      valueCodec: struct({ flights: u32(), delayed: u32(), delaySum: f64() }),
    }),
    states: provider.createKeyValueStore('states', {
      keyCodec,
      valueCodec: struct({ spells: u32(), flights: u32(), minutes: f64() }),
    }),
    busiestHours: provider.createKeyValueStore('busiest hours', {
      keyCodec: u32(),
      valueCodec: struct({ airport: string(), start: f64(), ...delays }),
    }),
    longestSpells: provider.createKeyValueStore('longest spells', {
      keyCodec: u32(),
      valueCodec: struct({ airport: string(), start: f64(), end: f64(), ...spell }),
    }),
    places: provider.createKeyValueStore('places', {
      keyCodec,
      valueCodec: struct({ airport: string(), name: string(), city: string(), state: string() }),
    }),
    clock: provider.createKeyValueStore('clock', { keyCodec, valueCodec: reading }),
  }
}

/** Fills the table that the stream is joined with, which comes before the stream. */
export function fillPlaces({ places }: Stores): void {
  if (places.countSync() > 0) return
  places.batchSync(readPlaces().map(place => ({ type: 'put', key: place.airport, value: place })))
}
