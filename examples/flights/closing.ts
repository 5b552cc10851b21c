import type { Clock, Closed } from './clock.js'
import { byFlights, byLength, type HourRow, type SpellRow } from './closed.js'
import { Ranking } from './ranking.js'
import type { Stores } from './stores.js'
import { hourOfDay, MINUTE } from './windows.js'

/** The first few hours and spells of those that are over. */
export interface Rankings {
  readonly hours: Ranking<HourRow>
  readonly spells: Ranking<SpellRow>
}

/** As they were left. */
export function openRankings({ busiestHours, longestSpells }: Stores): Rankings {
  return { hours: new Ranking(busiestHours.values(), byFlights), spells: new Ranking(longestSpells.values(), byLength) }
}

/** Takes up what stream time has closed, and lets go of what is past its retention, all of which is closed. */
export function closePast(stores: Stores, rankings: Rankings, clock: Clock): void {
  const { streamTime } = clock.reading
  if (streamTime === -Infinity) return
  takeUp(stores, rankings, clock, clock.close())
  stores.hours.expireSync(streamTime)
  stores.spells.expireSync(streamTime)
}

/** Takes up the rest. */
export function closeAll(stores: Stores, rankings: Rankings, clock: Clock): void {
  takeUp(stores, rankings, clock, clock.closeAll())
}

function takeUp(stores: Stores, rankings: Rankings, { reading }: Clock, { hours, spells }: Closed): void {
  takeUpHours(stores, rankings.hours, hours)
  takeUpSpells(stores, rankings.spells, spells)
  save(stores.busiestHours, rankings.hours)
  save(stores.longestSpells, rankings.spells)
  stores.clock.putSync('stream', reading)
}

const inRhythm = { flights: { add: 0 }, delayed: { add: 0 }, delaySum: { add: 0 } }

function takeUpHours({ hours, rhythm }: Stores, ranking: Ranking<HourRow>, { from, to }: Closed['hours']): void {
  for (const { key, windowStart, value } of hours.fetchAll(from, to - 1)) {
    inRhythm.flights.add = value.flights
    inRhythm.delayed.add = value.delayed
    inRhythm.delaySum.add = value.delaySum
    rhythm.updateFieldsSync([key, hourOfDay(windowStart)], inRhythm)
    ranking.offer({ airport: key, start: windowStart, ...value })
  }
}

/** Joins the spells with the table of airports, and adds them up by state. */
function takeUpSpells(
  { spells, places, states }: Stores,
  ranking: Ranking<SpellRow>,
  { from, to }: Closed['spells'],
): void {
  for (const { key, sessionStart, sessionEnd, value } of spells.findSessionsRange(undefined, undefined, from, to - 1)) {
    if (sessionEnd >= to) continue
    const state = places.getSync(key)?.state || 'unknown'
    const minutes = (sessionEnd - sessionStart) / MINUTE
    states.updateFieldsSync(state, { spells: { add: 1 }, flights: { add: value.flights }, minutes: { add: minutes } })
    ranking.offer({ airport: key, start: sessionStart, end: sessionEnd, ...value })
  }
}

function save<T>(store: { putSync(rank: number, row: T): void }, ranking: Ranking<T>): void {
  if (!ranking.changed) return
  for (const [rank, row] of ranking.rows.entries()) store.putSync(rank, row)
  ranking.changed = false
}
