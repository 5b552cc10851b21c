import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { memory } from 'millpond'
import { describe, expect, it } from 'vitest'
import { countByUpdate, countInPlace } from '../../examples/flights/count.js'
import { runJob } from '../../examples/flights/job.js'
import { mapState } from '../../examples/flights/map-state.js'
import { makeReport, type Report } from '../../examples/flights/report.js'
import { openFlights } from '../../examples/flights/source.js'
import { type FlightState, openState } from '../../examples/flights/state.js'
import { temporaryDirectory } from '../engines.js'

const built = fileURLToPath(new URL('../../out/examples/flights/', import.meta.url))

function runIn(cwd: string, entry: string, ...args: string[]) {
  return spawnSync(process.execPath, [`${built}${entry}.js`, ...args], { encoding: 'utf8', cwd })
}

const run = (entry: string, ...args: string[]) => runIn(temporaryDirectory(), entry, ...args)

function json(entry: string, ...args: string[]): Report {
  const { status, stdout, stderr } = run(entry, ...args, '--json')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout)
}

describe('the flights job, built', () => {
  it('keeps in its stores, row for row, what plain Maps keep', () => {
    const { run: inStores, ...state } = json('main', '--limit', '300000')
    const { run: inMaps, ...expected } = json('bare', '--limit', '300000')
    expect(state).toEqual(expected)
    expect(state.totals.flights).toBe(300_000)
    expect(state.order.outOfOrder).toBeGreaterThan(200_000)
    expect(state.order.tooLate).toBeGreaterThan(0)
    for (const rows of [state.busiestHours, state.longestSpells, state.delayedStates]) expect(rows).toHaveLength(10)
    expect(inStores.nativeBytes).toBeGreaterThan(0)
    for (const { eventsPerSecond, applyEventsPerSecond } of [inStores, inMaps]) {
      expect(eventsPerSecond).toBeGreaterThan(0)
      expect(applyEventsPerSecond).toBeGreaterThan(eventsPerSecond)
    }
  })

  it('prints a plain table where there is no terminal', () => {
    const { status, stdout } = run('main', '--limit', '5000')
    expect(status).toBe(0)
    expect(stdout).toContain('5,000 departures')
    expect(stdout).toContain('Busiest routes')
    expect(stdout).toContain('Busiest hours')
    expect(stdout).toContain('Chicago, IL')
    expect(stdout).not.toContain('\x1b')
  })

  it('draws the rhythm of the day beside its state, or where it is told to, and says where', () => {
    const cwd = temporaryDirectory()
    const { stdout } = runIn(cwd, 'main', '--limit', '30000')
    expect(stdout).toContain('The rhythm of the day is drawn in ./state/flights-rhythm.svg\n')
    expect(readFileSync(join(cwd, 'state/flights-rhythm.svg'), 'utf8')).toContain('ORD Chicago')
    const document = runIn(cwd, 'main', '--limit', '30000', '--json', '--picture', 'a.svg').stdout
    expect(JSON.parse(document).run.picture).toBe('a.svg')
    expect(existsSync(join(cwd, 'a.svg'))).toBe(true)
  })

  it.each([['--limit 0'], ['--limit many'], ['--limit'], ['--fast'], ['now']])('exits with 2 for %s', line => {
    const { status, stdout, stderr } = run('main', ...line.split(' '))
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^flights: .+/)
    expect(stderr).not.toContain('    at ')
  })

  it('prints its options for --help', () => {
    expect(run('main', '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--limit N') })
  })
})

describe('the two ways to count a flight', () => {
  it.each(Object.entries({ countInPlace, countByUpdate }))('%s leads to the state that Maps hold', async (_, count) => {
    const flights = await openFlights({ limit: 20_000 })
    const stateOf = async (state: FlightState) => makeReport(state, await runJob(flights.batches(), state)).state
    await using provider = memory()
    expect(await stateOf(openState(provider, count))).toEqual(await stateOf(mapState()))
  })
})
