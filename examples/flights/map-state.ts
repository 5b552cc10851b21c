import { Clock } from './clock.js'
import { byFlights, byLength, type RhythmRow, type StateRow } from './closed.js'
import { MapSpells } from './map-spells.js'
import { readPlaces } from './places.js'
import { Ranking } from './ranking.js'
import type { FlightState } from './state.js'
import { addDelay, addFlight, type Delays, emptyDelays, emptyTally, isDelayed, type Row, type Tally } from './tally.js'
import { hourOfDay, MINUTE } from './windows.js'

/** The same state in Maps and nothing else: what the stores are compared with. */
export function mapState(): FlightState {
  const airports = new Map<string, Tally>()
  const routes = new Map<string, Tally>()
  const hours = new Map<number, Map<string, Delays>>()
  const spells = new MapSpells()
  const rhythm = new Map<string, RhythmRow>()
  const states = new Map<string, StateRow>()
  const places = new Map(readPlaces().map(place => [place.airport, place]))
  const clock = new Clock()
  const busiest = new Ranking([], byFlights)
  const longest = new Ranking([], byLength)

  function takeUpHours(to: number) {
    for (const [start, byAirport] of hours) {
      if (start >= to) continue
      const hour = hourOfDay(start)
      for (const [airport, delays] of byAirport) {
        const row = entryOf(rhythm, `${airport} ${hour}`, () => ({
          airport,
          hour,
          flights: 0,
          delayed: 0,
          delaySum: 0,
        }))
        row.flights += delays.flights
        row.delayed += delays.delayed
        row.delaySum += delays.delaySum
        busiest.offer({ airport, start, ...delays })
      }
      hours.delete(start)
    }
  }

  function takeUpSpells(to: number) {
    for (const row of spells.takeBefore(to)) {
      const name = places.get(row.airport)?.state || 'unknown'
      const state = entryOf(states, name, () => ({ name, spells: 0, flights: 0, minutes: 0 }))
      state.spells += 1
      state.flights += row.flights
      state.minutes += (row.end - row.start) / MINUTE
      longest.offer(row)
    }
  }

  return {
    engine: 'Map',
    apply({ origin, destination, scheduled, delay, distance }) {
      for (let i = 0; i < origin.length; i++) {
        const airport = origin[i]!
        const minutes = delay[i]!
        const time = scheduled[i]! + minutes * MINUTE
        addFlight(entryOf(airports, airport, emptyTally), minutes, distance[i]!)
        addFlight(entryOf(routes, `${airport}-${destination[i]!}`, emptyTally), minutes, distance[i]!)
        const hour = clock.hourOf(time, minutes)
        if (hour === undefined) continue
        addDelay(entryOf(entryOf(hours, hour, newMap<Delays>), airport, emptyDelays), minutes)
        if (isDelayed(minutes)) spells.merge(airport, time, minutes)
      }
      const closed = clock.close()
      takeUpHours(closed.hours.to)
      takeUpSpells(closed.spells.to)
    },
    end() {
      const closed = clock.closeAll()
      takeUpHours(closed.hours.to)
      takeUpSpells(closed.spells.to)
    },
    airports: () => rows(airports),
    routes: () => rows(routes),
    rhythm: () => rhythm.values(),
    states: () => states.values(),
    busiestHours: () => busiest.rows,
    longestSpells: () => longest.rows,
    reading: () => clock.reading,
    placeOf: airport => places.get(airport),
    nativeBytes: () => null,
  }
}

const newMap = <V>() => new Map<string, V>()

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

function* rows(tallies: Map<string, Tally>): Iterable<Row> {
  for (const [name, tally] of tallies) yield { name, ...tally }
}
