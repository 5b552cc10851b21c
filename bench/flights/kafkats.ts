import type { KeyValueStore } from '@kafkats/flow'
import { Clock, type Closed } from '../../examples/flights/clock.js'
import { byFlights, byLength, type RhythmRow, type SpellRow, type StateRow } from '../../examples/flights/closed.js'
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
import { openKafkats } from '../drivers/kafkats.js'
import { addHour, addSpell, emptyRhythm, emptyState } from './closed.js'
import type { State } from './state.js'

/**
 * As its own operators go about it: one event after the other, each of its puts awaited, as a get sees no other. They
 * close nothing; that is done as the main job does it.
 */
export async function kafkats(directory: string): Promise<State> {
  const provider = openKafkats(directory)
  const airports = provider.keyValues<Tally>('airports')
  const routes = provider.keyValues<Tally>('routes')
  const openHours = provider.windows<Delays>('hours', { windowSizeMs: hours.size, retentionMs: retention.hours })
  const openSpells = provider.sessions<Spell>('spells', { retentionMs: retention.spells })
  const rhythm = provider.keyValues<RhythmRow>('rhythm')
  const states = provider.keyValues<StateRow>('states')
  const places = provider.keyValues<Place>('places')
  const job = provider.keyValues<unknown>('job')
  await Promise.all(readPlaces().map(place => places.put(place.airport, place)))
  const clock = new Clock()
  const busiest = new Ranking([], byFlights)
  const longest = new Ranking([], byLength)

  async function countAt({ origin, destination, scheduled, delay, distance }: Batch, i: number) {
    const airport = origin[i]!
    const minutes = delay[i]!
    const time = scheduled[i]! + minutes * MINUTE
    const count = (tally: Tally | undefined) => addFlight(tally ?? emptyTally(), minutes, distance[i]!)
    await update(airports, airport, count)
    await update(routes, `${airport}-${destination[i]!}`, count)
    const hour = clock.hourOf(time, minutes)
    if (hour === undefined) return
    const window = { key: airport, windowStart: hour, windowEnd: hour + hours.size }
    await update(openHours, window, delays => addDelay(delays ?? emptyDelays(), minutes))
    if (isDelayed(minutes)) await mergeSpell(airport, time, minutes)
  }

  async function mergeSpell(key: string, time: number, delay: number) {
    const found = await collect(openSpells.findSessions(key, time - spells.gap, time + spells.gap))
    for (const [session] of found) await openSpells.delete(session)
    const near = found.map(([at, value]) => ({ sessionStart: at.windowStart, sessionEnd: at.windowEnd, value }))
    const windowStart = Math.min(time, ...near.map(({ sessionStart }) => sessionStart))
    const windowEnd = Math.max(time, ...near.map(({ sessionEnd }) => sessionEnd))
    await openSpells.put({ key, windowStart, windowEnd }, mergeSpells(near, delay))
  }

  async function takeUp({ hours, spells }: Closed) {
    const overHours = await collect(openHours.fetchAll(bounded(hours.from), bounded(hours.to - 1)))
    for (const [{ key, windowStart }, delays] of overHours) await takeUpHour(key, windowStart, delays)
    for (const [{ key, windowStart, windowEnd }, spell] of await collect(openSpells.all())) {
      if (windowEnd < spells.from || windowEnd >= spells.to) continue
      await takeUpSpell({ airport: key, start: windowStart, end: windowEnd, ...spell })
    }
    await job.put('clock', clock.reading)
    await job.put('busiest hours', busiest.rows)
    await job.put('longest spells', longest.rows)
  }

  async function takeUpHour(airport: string, start: number, delays: Delays) {
    const hour = hourOfDay(start)
    await update(rhythm, `${airport} ${hour}`, row => addHour(row ?? emptyRhythm(airport, hour), delays))
    busiest.offer({ airport, start, ...delays })
  }

  async function takeUpSpell(row: SpellRow) {
    const name = (await places.get(row.airport))?.state || 'unknown'
    await update(states, name, state => addSpell(state ?? emptyState(name), row))
    longest.offer(row)
  }

  return {
    async apply(batch) {
      for (let i = 0; i < batch.origin.length; i++) await countAt(batch, i)
      await takeUp(clock.close())
      const { streamTime } = clock.reading
      await openHours.expireOldWindows(streamTime)
      await openSpells.expireOldSessions(streamTime)
    },
    end: () => takeUp(clock.closeAll()),
    // Positions are the broker's to keep.
    commit: () => job.flush(),
    settle() {},
    contents: async () => ({
      airports: await named(airports),
      routes: await named(routes),
      rhythm: (await collect(rhythm.all())).map(([, row]) => row),
      states: (await collect(states.all())).map(([, row]) => row),
      busiestHours: busiest.rows,
      longestSpells: longest.rows,
    }),
    close: () => provider.close(),
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
