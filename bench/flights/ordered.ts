import { Clock, type Closed } from '../../examples/flights/clock.js'
import {
  byFlights,
  byLength,
  type HourRow,
  type RhythmRow,
  type SpellRow,
  type StateRow,
} from '../../examples/flights/closed.js'
import { type Place, readPlaces } from '../../examples/flights/places.js'
import { Ranking } from '../../examples/flights/ranking.js'
import type { Batch } from '../../examples/flights/source.js'
import { mergeSpells, type Spell } from '../../examples/flights/spell.js'
import type { FlightState } from '../../examples/flights/state.js'
import {
  addDelay,
  addFlight,
  type Delays,
  emptyDelays,
  emptyTally,
  isDelayed,
  type Tally,
} from '../../examples/flights/tally.js'
import { hourOfDay, MINUTE, spells } from '../../examples/flights/windows.js'
import { addHour, addSpell, emptyRhythm, emptyState } from './closed.js'

/** Rows in the order of their keys. */
export interface Table<K, V> {
  get(key: K): V | undefined
  put(key: K, row: V): void
  remove(key: K): void
  /** Changes a row where it is, or one that is made for it. */
  change(key: K, make: () => V, change: (row: V) => V): void
  /** All of them. They are not to be changed meanwhile. */
  rows(): Iterable<readonly [K, V]>
  /** From a key back to the first one that begins as it does. */
  back(from: K): Iterable<readonly [K, V]>
}

/** By key, then time. */
export type AirportTime = readonly [airport: string, start: number]

/** Where a spell ends stands with it: one that goes on is written over. */
export interface OpenSpell extends Spell {
  readonly end: number
}

/** All of them are of one engine. */
export interface Tables {
  readonly airports: Table<string, Tally>
  /** By 'JFK-LAX'. */
  readonly routes: Table<string, Tally>
  readonly hours: Table<AirportTime, Delays>
  readonly spells: Table<AirportTime, OpenSpell>
  readonly rhythm: Table<readonly [airport: string, hour: number], RhythmRow>
  readonly states: Table<string, StateRow>
  readonly places: Table<string, Place>
}

/** The main job on tables that are ordered, a key first: what one would write by hand for such an engine. */
export function orderedState(engine: string, tables: Tables): FlightState {
  for (const place of readPlaces()) tables.places.put(place.airport, place)
  const clock = new Clock()
  const rankings = { hours: new Ranking([], byFlights), spells: new Ranking([], byLength) }

  function countAt({ origin, destination, scheduled, delay, distance }: Batch, i: number) {
    const airport = origin[i]!
    const minutes = delay[i]!
    const miles = distance[i]!
    const time = scheduled[i]! + minutes * MINUTE
    const count = (tally: Tally) => addFlight(tally, minutes, miles)
    tables.airports.change(airport, emptyTally, count)
    tables.routes.change(`${airport}-${destination[i]!}`, emptyTally, count)
    const hour = clock.hourOf(time, minutes)
    if (hour === undefined) return
    tables.hours.change([airport, hour], emptyDelays, delays => addDelay(delays, minutes))
    if (isDelayed(minutes)) mergeSpell(tables.spells, airport, time, minutes)
  }

  function takeUp({ hours, spells }: Closed) {
    takeUpHours(tables, rankings.hours, hours.to)
    takeUpSpells(tables, rankings.spells, spells.to)
  }

  return {
    engine,
    apply(batch) {
      for (let i = 0; i < batch.origin.length; i++) countAt(batch, i)
      takeUp(clock.close())
    },
    end: () => takeUp(clock.closeAll()),
    airports: () => named(tables.airports),
    routes: () => named(tables.routes),
    rhythm: () => rowsOf(tables.rhythm),
    states: () => rowsOf(tables.states),
    busiestHours: () => rankings.hours.rows,
    longestSpells: () => rankings.spells.rows,
    reading: () => clock.reading,
    placeOf: airport => tables.places.get(airport),
    nativeBytes: () => null,
  }
}

/** Adds a late departure to the spells that it is near, which become one. No two are near each other. */
function mergeSpell(table: Tables['spells'], airport: string, time: number, delay: number): void {
  const near = []
  let [start, end] = [time, time]
  for (const [[, sessionStart], value] of table.back([airport, time + spells.gap])) {
    if (value.end < time - spells.gap) break
    near.push({ sessionStart, sessionEnd: value.end, value })
    start = Math.min(start, sessionStart)
    end = Math.max(end, value.end)
  }
  for (const { sessionStart } of near) if (sessionStart !== start) table.remove([airport, sessionStart])
  table.put([airport, start], { end, ...mergeSpells(near, delay) })
}

/** Takes out the hours that start before a time. */
function takeUpHours({ hours, rhythm }: Tables, ranking: Ranking<HourRow>, to: number): void {
  for (const [[airport, start], delays] of takeWhere(hours, ([, start]) => start < to)) {
    const hour = hourOfDay(start)
    const make = () => emptyRhythm(airport, hour)
    rhythm.change([airport, hour], make, row => addHour(row, delays))
    ranking.offer({ airport, start, ...delays })
  }
}

/** Takes out the spells that end before a time, joins them with the table of airports and adds them up by state. */
function takeUpSpells({ spells, places, states }: Tables, ranking: Ranking<SpellRow>, to: number): void {
  for (const [[airport, start], spell] of takeWhere(spells, (_, { end }) => end < to)) {
    const row = { airport, start, ...spell }
    const name = places.get(airport)?.state || 'unknown'
    const make = () => emptyState(name)
    states.change(name, make, state => addSpell(state, row))
    ranking.offer(row)
  }
}

/** Takes out the rows of which something holds. */
function takeWhere<K, V>(table: Table<K, V>, holds: (key: K, row: V) => boolean): (readonly [K, V])[] {
  const taken = []
  for (const entry of table.rows()) if (holds(...entry)) taken.push(entry)
  for (const [key] of taken) table.remove(key)
  return taken
}

function* named<V>(table: Table<string, V>): Iterable<V & { name: string }> {
  for (const [name, row] of table.rows()) yield { name, ...row }
}

function* rowsOf<V>(table: Table<any, V>): Iterable<V> {
  for (const [, row] of table.rows()) yield row
}
