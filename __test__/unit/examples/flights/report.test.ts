import { describe, expect, it } from 'vitest'
import { Mismatch } from '../../../../examples/flights/complaint.js'
import { runJob } from '../../../../examples/flights/job.js'
import { mapState } from '../../../../examples/flights/map-state.js'
import { render } from '../../../../examples/flights/render.js'
import { makeReport } from '../../../../examples/flights/report.js'
import type { Batch } from '../../../../examples/flights/source.js'
import type { FlightState } from '../../../../examples/flights/state.js'
import { batchOf } from './departures.js'

const flights = [
  ['JFK', 'LAX', 15, 2475],
  ['JFK', 'LAX', 16, 2475],
  ['BOS', 'JFK', -20, 187],
  ['AUS', 'BOS', 1200, 1698],
] as const

async function* batches(): AsyncGenerator<Batch> {
  for (const [i, [origin, destination, delay, distance]] of flights.entries()) {
    yield batchOf([{ origin, destination, at: i * 30, delay, distance }], i)
  }
}

async function report(state: FlightState = mapState()) {
  return makeReport(state, await runJob(batches(), state))
}

describe('the flights job', () => {
  it('counts flights, late ones, delays and miles', async () => {
    const { totals, state } = await report()
    expect(totals).toEqual({ flights: 4, delayed: 2, delaySum: 1211, delayMax: 1200, distance: 6835 })
    // 3 hours of a day, 3 that are ranked, 2 states, 2 spells, and the order beside them.
    expect(state).toMatchObject({ airports: 3, routes: 3, entries: 17 })
  })

  it('ranks by what the list is about, then by name', async () => {
    const { busiestAirports, longestDelays, busiestRoutes } = await report()
    expect(busiestAirports.map(row => row.name)).toEqual(['JFK', 'AUS', 'BOS'])
    expect(longestDelays.map(row => row.meanDelay)).toEqual([1200, 15.5, -20])
    expect(busiestRoutes.map(row => row.name)).toEqual(['JFK-LAX', 'AUS-BOS', 'BOS-JFK'])
    expect(busiestRoutes[2]).toMatchObject({ delaySum: -20, delayMax: -20 })
  })

  it('commits the position after each batch, once the batch is applied', async () => {
    const state = mapState()
    const seen: string[] = []
    const commit = async (nextRow: number) => void seen.push(`row ${nextRow}, ${[...state.routes()].length} routes`)
    await runJob(batches(), state, { commit })
    expect(seen).toEqual(['row 1, 1 routes', 'row 2, 1 routes', 'row 3, 2 routes', 'row 4, 3 routes'])
  })

  it('stops between two batches when it is called off', async () => {
    const state = mapState()
    const off = new AbortController()
    const run = runJob(batches(), state, { signal: off.signal, onProgress: row => row === 2 && off.abort('enough') })
    await expect(run).rejects.toBe('enough')
    expect([...state.airports()]).toMatchObject([{ name: 'JFK', flights: 2 }])
  })

  it('gives a resumed run the rate of what it counted, and all the totals', async () => {
    const state = mapState()
    const result = await runJob(batches(), state)
    const resumed = makeReport(state, { ...result, counted: 1, seconds: 0.5, applySeconds: 0.25 })
    expect(resumed.totals.flights).toBe(4)
    expect(resumed.run).toMatchObject({ position: 3, eventsPerSecond: 2, applyEventsPerSecond: 4 })
    const idle = makeReport(state, { ...result, counted: 0, seconds: 0, applySeconds: 0 })
    expect(idle.run).toMatchObject({ position: 4, eventsPerSecond: 0, applyEventsPerSecond: 0 })
  })

  it('does not report a state that lost a flight', async () => {
    const state = mapState()
    const lossy = { ...state, routes: () => [...state.routes()].slice(1) }
    const error = await report(lossy).catch(error => error)
    expect(error).toBeInstanceOf(Mismatch)
    expect(error.message).toMatch(/^routes do not add up: flights is 2 in the store and 4 in the file; delayed is 1 /)
  })
})

describe('the rendered report', () => {
  it('lines its columns up and names what it shows', async () => {
    const text = render(await report(), false)
    expect(text).toContain('4 departures, 50.0% of them more than 15 minutes late, 302.8 min late on average\n')
    expect(text).toContain('  airport   place          flights   over 15 min late   mean delay     longest\n')
    expect(text).toContain('  JFK       New York, NY         2              50.0%     15.5 min      16 min\n')
    expect(text).toContain('  AUS       Austin, TX           1             100.0%   1200.0 min   1,200 min\n')
    expect(text).toContain('  AUS       Austin, TX     1970-01-01 21:30   0 h 00 min              1   1200.0 min')
    expect(text).toContain('25.0% came out of order, 6.0 min behind on average and 6 at most;\n')
    expect(text).toContain('17 entries: 3 airports, 3 routes, and what is kept of hours and spells\n')
  })

  it('gives the native memory where there is some', async () => {
    const made = await report()
    const text = render({ ...made, run: { ...made.run, nativeBytes: 2_048_000 } }, false)
    expect(text).toContain(', in 2,000 KiB of native memory\n')
  })

  it('says whether the state outlives the process, where it is, and where the run resumed', async () => {
    const made = await report()
    expect(render(made, false)).toContain('Not durable: the state goes with the process.\n')
    const durability = { stateDir: './here', commits: 60, waitedSeconds: 0.0123 }
    const text = render({ ...made, run: { ...made.run, position: 1_050_000, durability } }, false)
    expect(text).toContain('Durable in ./here: 60 commits of state and position together, 12 ms of waiting')
    expect(text).toContain('Resumed at departure 1,050,000: earlier runs counted those before it.\n')
    expect(text).toContain(`State: sha256 ${made.state.sha256}\n`)
  })

  it('is coloured only when asked', async () => {
    const made = await report()
    expect(render(made, false)).not.toContain('\x1b')
    expect(render(made, true)).toContain('\x1b[1mBusiest airports\x1b[22m')
  })
})
