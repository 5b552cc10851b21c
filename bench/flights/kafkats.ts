import type { KeyValueStore } from '@kafkats/flow'
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
import {
  addDelay,
  addFlight,
  type Delays,
  emptyDelays,
  emptyTally,
  isDelayed,
  type Tally,
} from '../../examples/flights/tally.js'
import { hourOfDay, hours, MINUTE, retention, spells } from '../../examples/flights/windows.js'
import { type Kafkats, openKafkats } from '../drivers/kafkats.js'
import { addHour, addSpell, emptyRhythm, emptyState } from './closed.js'
import type { State } from './state.js'

/** Everything that the job keeps. */
function openStores(provider: Kafkats) {
  return {
    airports: provider.keyValues<Tally>('airports'),
    routes: provider.keyValues<Tally>('routes'),
    hours: provider.windows<Delays>('hours', { windowSizeMs: hours.size, retentionMs: retention.hours }),
    spells: provider.sessions<Spell>('spells', { retentionMs: retention.spells }),
    rhythm: provider.keyValues<RhythmRow>('rhythm'),
    states: provider.keyValues<StateRow>('states'),
    places: provider.keyValues<Place>('places'),
    job: provider.keyValues<unknown>('job'),
  }
}

type Stores = ReturnType<typeof openStores>

/**
 * As its own operators go about it: one event after the other, each of its puts awaited, as a get sees no other. They
 * close nothing; that is done as the main job does it.
 */
export async function kafkats(directory: string): Promise<State> {
  const provider = openKafkats(directory)
  const stores = openStores(provider)
  await Promise.all(readPlaces().map(place => stores.places.put(place.airport, place)))
  const clock = new Clock()
  const rankings = { hours: new Ranking([], byFlights), spells: new Ranking([], byLength) }

  async function countAt({ origin, destination, scheduled, delay, distance }: Batch, i: number) {
    const airport = origin[i]!
    const minutes = delay[i]!
    const time = scheduled[i]! + minutes * MINUTE
    const count = (tally: Tally | undefined) => addFlight(tally ?? emptyTally(), minutes, distance[i]!)
    await update(stores.airports, airport, count)
    await update(stores.routes, `${airport}-${destination[i]!}`, count)
    const hour = clock.hourOf(time, minutes)
    if (hour === undefined) return
    const window = { key: airport, windowStart: hour, windowEnd: hour + hours.size }
    await update(stores.hours, window, delays => addDelay(delays ?? emptyDelays(), minutes))
    if (isDelayed(minutes)) await mergeSpell(stores, airport, time, minutes)
  }

  async function takeUp({ hours, spells }: Closed) {
    await takeUpHours(stores, rankings.hours, hours)
    await takeUpSpells(stores, rankings.spells, spells)
    await stores.job.put('clock', clock.reading)
    await stores.job.put('busiest hours', rankings.hours.rows)
    await stores.job.put('longest spells', rankings.spells.rows)
  }

  return {
    async apply(batch) {
      for (let i = 0; i < batch.origin.length; i++) await countAt(batch, i)
      await takeUp(clock.close())
      await stores.hours.expireOldWindows(clock.reading.streamTime)
      await stores.spells.expireOldSessions(clock.reading.streamTime)
    },
    end: () => takeUp(clock.closeAll()),
    // Positions are the broker's to keep.
    commit: () => stores.job.flush(),
    settle() {},
    contents: async () => ({
      airports: await named(stores.airports),
      routes: await named(stores.routes),
      rhythm: (await collect(stores.rhythm.all())).map(([, row]) => row),
      states: (await collect(stores.states.all())).map(([, row]) => row),
      busiestHours: rankings.hours.rows,
      longestSpells: rankings.spells.rows,
    }),
    close: () => provider.close(),
  }
}

/** Puts one spell in the place of those that a late departure is near. */
async function mergeSpell({ spells: store }: Stores, key: string, time: number, delay: number): Promise<void> {
  const found = await collect(store.findSessions(key, time - spells.gap, time + spells.gap))
  for (const [session] of found) await store.delete(session)
  const near = found.map(([at, value]) => ({ sessionStart: at.windowStart, sessionEnd: at.windowEnd, value }))
  const windowStart = Math.min(time, ...near.map(({ sessionStart }) => sessionStart))
  const windowEnd = Math.max(time, ...near.map(({ sessionEnd }) => sessionEnd))
  await store.put({ key, windowStart, windowEnd }, mergeSpells(near, delay))
}

async function takeUpHours({ hours, rhythm }: Stores, ranking: Ranking<HourRow>, { from, to }: Closed['hours']) {
  for (const [{ key, windowStart }, delays] of await collect(hours.fetchAll(bounded(from), bounded(to - 1)))) {
    const hour = hourOfDay(windowStart)
    await update(rhythm, `${key} ${hour}`, row => addHour(row ?? emptyRhythm(key, hour), delays))
    ranking.offer({ airport: key, start: windowStart, ...delays })
  }
}

async function takeUpSpells(
  { spells, places, states }: Stores,
  ranking: Ranking<SpellRow>,
  { from, to }: Closed['spells'],
) {
  for (const [{ key, windowStart, windowEnd }, spell] of await collect(spells.all())) {
    if (windowEnd < from || windowEnd >= to) continue
    const row = { airport: key, start: windowStart, end: windowEnd, ...spell }
    const name = (await places.get(key))?.state || 'unknown'
    await update(states, name, state => addSpell(state ?? emptyState(name), row))
    ranking.offer(row)
  }
}

type Update<V> = (known: V | undefined) => V

const update = async <K, V>(store: KeyValueStore<K, V>, key: K, change: Update<V>) =>
  store.put(key, change(await store.get(key)))

/** All of them before the first is changed. */
async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all = []
  for await (const row of rows) all.push(row)
  return all
}

const named = async (tallies: KeyValueStore<string, Tally>) =>
  (await collect(tallies.all())).map(([name, tally]) => ({ name, ...tally }))

/** Its windows take no time without an end. */
const bounded = (time: number) => Math.min(Math.max(time, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER - 1)
