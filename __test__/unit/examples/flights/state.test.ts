import { memory } from 'millpond'
import { describe, expect, it } from 'vitest'
import { mapState } from '../../../../examples/flights/map-state.js'
import { type FlightState, openState, stateOf } from '../../../../examples/flights/state.js'
import { openStores } from '../../../../examples/flights/stores.js'
import { hourOfDay, MINUTE } from '../../../../examples/flights/windows.js'
import { batchOf, type TestDeparture } from './departures.js'

const HOUR = 60
const DAY = 24 * HOUR

const rhythm = (state: FlightState) => Array.from(state.rhythm(), row => `${row.airport} ${row.hour}: ${row.flights}`)
const states = (state: FlightState) => [...state.states()].toSorted((a, b) => (a.name < b.name ? -1 : 1))

describe.each([
  ['in Maps', mapState],
  ['in stores', () => openState(memory())],
])('the state of the flights job %s', (_, open) => {
  const stateAfter = (...batches: TestDeparture[][]) => {
    const state = open()
    for (const batch of batches) state.apply(batchOf(batch))
    return state
  }

  it('takes up an hour once its day of grace is over, by the time at which flights left', () => {
    const flights = [{ at: 8 * HOUR }, { at: 8 * HOUR + 59, delay: -59 }, { at: 8 * HOUR + 30, delay: 30 }]
    expect(rhythm(stateAfter(flights, [{ at: DAY + 9 * HOUR - 1 }]))).toEqual([])
    const state = stateAfter(flights, [{ at: DAY + 9 * HOUR }])
    expect([...state.rhythm()]).toEqual([{ airport: 'JFK', hour: 8, flights: 2, delayed: 0, delaySum: -59 }])
    state.end()
    expect(rhythm(state)).toEqual(['JFK 8: 2', 'JFK 9: 2'])
    expect(state.busiestHours().map(({ start, flights }) => [start / MINUTE, flights])).toEqual([
      [8 * HOUR, 2],
      [9 * HOUR, 1],
      [DAY + 9 * HOUR, 1],
    ])
  })

  it('leaves out of hours and spells what came too late, however the flights are cut into batches', () => {
    const flights = [{ at: 2 * DAY }, { at: 0, delay: 20 }, { at: DAY, delay: 20 }, { at: 0, delay: 1440 }]
    for (const batches of [[flights], flights.map(flight => [flight])]) {
      const state = stateAfter(...batches)
      state.end()
      expect(state.reading()).toMatchObject({ tooLate: 1, tooLateDelayed: 1, tooLateDelaySum: 20, outOfOrder: 3 })
      expect(rhythm(state)).toEqual(['JFK 0: 3'])
      expect(states(state)).toMatchObject([{ name: 'NY', spells: 1, flights: 2, minutes: 20 }])
      expect(Array.from(state.airports(), ({ flights }) => flights)).toEqual([4])
    }
  })

  it('joins late departures less than half an hour apart, and adds them up by state', () => {
    const late = (at: number, origin = 'JFK') => ({ at, delay: 16, origin })
    const state = stateAfter([
      late(0),
      late(60),
      late(30),
      { at: 90, delay: 15 },
      late(91),
      late(91, 'ORD'),
      late(0, '??'),
    ])
    state.end()
    expect(states(state)).toEqual([
      { name: 'IL', spells: 1, flights: 1, minutes: 0 },
      { name: 'NY', spells: 2, flights: 4, minutes: 60 },
      { name: 'unknown', spells: 1, flights: 1, minutes: 0 },
    ])
    expect(state.longestSpells()[0]).toEqual({
      airport: 'JFK',
      start: 16 * MINUTE,
      end: 76 * MINUTE,
      flights: 3,
      delaySum: 48,
      delayMax: 16,
    })
    expect(state.longestSpells()).toHaveLength(4)
  })

  it('has nothing before the first flight', () => {
    const state = open()
    state.apply(batchOf([]))
    state.end()
    expect([rhythm(state), states(state), state.busiestHours(), state.longestSpells()]).toEqual([[], [], [], []])
  })
})

describe('the stores of the flights job', () => {
  it('let go of what is closed, and keep what is open', async () => {
    await using provider = memory()
    const state = openState(provider)
    const { hours, spells } = openStores(provider)
    const open = () => [hours.countSync(), spells.countSync()]
    state.apply(batchOf([{ at: 0 }, { at: 0, delay: 60 }]))
    expect(open()).toEqual([2, 1])
    state.apply(batchOf([{ at: DAY + HOUR + 1 }]))
    expect(open()).toEqual([2, 1])
    state.apply(batchOf([{ at: DAY + 2.5 * HOUR + 1 }]))
    expect(open()).toEqual([2, 0])
  })

  it('go on from where another process left them', async () => {
    await using provider = memory()
    const batches = [0, 1, 2, 3].map(day =>
      batchOf(Array.from({ length: 50 }, (_, i) => ({ at: day * DAY + i * 20, delay: (i * 37) % 90 }))),
    )
    const whole = mapState()
    openState(provider)
    for (const batch of batches) {
      whole.apply(batch)
      stateOf(openStores(provider), provider).apply(batch)
    }
    const resumed = stateOf(openStores(provider), provider)
    for (const state of [whole, resumed]) state.end()
    expect(rhythm(resumed)).toEqual(rhythm(whole).toSorted((a, b) => Number(hourIn(a)) - Number(hourIn(b))))
    expect(resumed.busiestHours()).toEqual(whole.busiestHours())
    expect(resumed.longestSpells()).toEqual(whole.longestSpells())
    expect(resumed.reading()).toEqual(whole.reading())
  })
})

const hourIn = (line: string) => / (\d+):/.exec(line)![1]

describe('the hour of the day', () => {
  it('is that of the clock, before the epoch too', () => {
    expect([0, 23 * HOUR, DAY, -HOUR, -DAY].map(time => hourOfDay(time * MINUTE))).toEqual([0, 23, 0, 23, 0])
  })
})
