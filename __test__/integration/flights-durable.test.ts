import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { lmdb, type ReadonlyProvider } from 'millpond'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../../examples/flights/report.js'
import { temporaryDirectory } from '../engines.js'

const built = (entry: string) => fileURLToPath(new URL(`../../out/examples/flights/${entry}.js`, import.meta.url))
const limit = ['--limit', '500000']

function run(cwd: string, ...args: string[]) {
  return spawnSync(process.execPath, [built('main'), ...args], { encoding: 'utf8', cwd })
}

function parsed({ status, stdout, stderr }: SpawnSyncReturns<string>): Report {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return JSON.parse(stdout)
}

const json = (cwd: string, ...args: string[]) => parsed(run(cwd, ...args, '--json'))

function start(cwd: string, rows = limit) {
  return spawn(process.execPath, [built('main'), ...rows, '--json'], { cwd, stdio: 'ignore' })
}

/** What another process sees of the position while the job runs; 0 before there is a directory to open. */
async function positionIn(cwd: string): Promise<number> {
  let reader: ReadonlyProvider
  try {
    reader = lmdb({ stateDir: join(cwd, 'state/flights'), readOnly: true })
  } catch {
    return 0
  }
  const position = Number(reader.offsets().get('flights') ?? 0)
  await reader.close()
  return position
}

async function reached(position: number, cwd: string, job: ChildProcess): Promise<number> {
  for (;;) {
    expect(job.exitCode, 'the job runs').toBe(null)
    const now = await positionIn(cwd)
    if (now >= position) return now
    await setTimeout(5)
  }
}

/** A directory in which a job was killed, and what it had acknowledged by then. */
async function killed(cwd = temporaryDirectory(), position = 50_000, rows = limit) {
  const job = start(cwd, rows)
  const acknowledged = await reached(position, cwd, job)
  await setTimeout(Math.random() * 100)
  job.kill('SIGKILL')
  await once(job, 'close')
  return { cwd, acknowledged }
}

describe('the flights job on disk', () => {
  let expected: Report
  beforeAll(() => {
    expected = json(temporaryDirectory(), ...limit)
  })

  it('killed again and again ends as if nobody had, and loses no commit', async () => {
    const { cwd, acknowledged } = await killed()
    const again = await killed(cwd, acknowledged + 50_000)
    const { run: ended, ...table } = json(cwd, ...limit)
    const { run: uninterrupted, ...expectedTable } = expected
    expect(table).toEqual(expectedTable)
    expect(ended.position).toBeGreaterThanOrEqual(again.acknowledged)
    expect(uninterrupted.position).toBe(0)
    const args = [built('bare'), ...limit, '--json']
    const { run: inMaps, ...tableOfMaps } = parsed(spawnSync(process.execPath, args, { encoding: 'utf8' }))
    expect(table, `as in ${inMaps.engine}s`).toEqual(tableOfMaps)
  })

  it('says where it is durable, where it resumes, and that it starts afresh once it has finished', async () => {
    const { cwd } = await killed()
    const resumed = run(cwd, ...limit)
    expect(resumed.status).toBe(0)
    expect(resumed.stderr).toContain('Durable: on disk in ./state/flights, committed every 50,000 departures.\n')
    expect(resumed.stderr).toMatch(/resumes an unfinished run at departure [1-4]?[05]0,000 of 500,000/)
    expect(resumed.stdout).toContain('Durable in ./state/flights: ')
    expect(resumed.stdout).toContain(`State: sha256 ${expected.state.sha256}\n`)
    const after = run(cwd, '--limit', '1000')
    expect(after).toMatchObject({ status: 0, stdout: expect.stringContaining('1,000 departures') })
    expect(after.stderr).toContain('The last run finished: it starts afresh.\n')
  })

  it('goes on under a larger limit, refuses one that it is past, and starts afresh when it is told to', async () => {
    const { cwd } = await killed(temporaryDirectory(), 50_000, ['--limit', '450000'])
    const refused = run(cwd, '--limit', '1000')
    expect(refused).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('past the 1,000 to count') })
    expect(refused.stderr).not.toContain('    at ')
    const larger = json(cwd, ...limit)
    expect(larger.run.position).toBeGreaterThan(0)
    expect(larger.state).toEqual(expected.state)
    await killed(cwd)
    expect(json(cwd, '--fresh', '--limit', '1000')).toMatchObject({ totals: { flights: 1000 }, run: { position: 0 } })
  })

  it('leaves no directory with --memory', () => {
    const cwd = temporaryDirectory()
    const { status, stdout, stderr } = run(cwd, '--memory', '--limit', '5000')
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'In memory: nothing is durable.\n' })
    expect(stdout).toContain('Not durable')
    expect(existsSync(join(cwd, 'state'))).toBe(false)
  })

  it('is refused while another one runs, which is not disturbed', async () => {
    const cwd = temporaryDirectory()
    const job = start(cwd, ['--limit', '1000000'])
    await reached(50_000, cwd, job)
    const second = run(cwd, ...limit)
    expect(second).toMatchObject({ status: 1, stdout: '' })
    expect(second.stderr).toMatch(/^flights: .*process \d+ \(ERR_MILLPOND_LOCKED\)\n$/)
    await once(job, 'close')
    expect(job.exitCode).toBe(0)
  })

  it('ends in order at SIGINT, and resumes', async () => {
    const cwd = temporaryDirectory()
    const job = start(cwd)
    const acknowledged = await reached(50_000, cwd, job)
    job.kill('SIGINT')
    await once(job, 'close')
    expect({ code: job.exitCode, signal: job.signalCode }).toEqual({ code: 130, signal: null })
    const resumed = json(cwd, ...limit)
    expect(resumed.run.position).toBeGreaterThanOrEqual(acknowledged)
    expect(resumed.state).toEqual(expected.state)
  })

  it('says in a line why it cannot keep its state', () => {
    const cwd = temporaryDirectory()
    writeFileSync(join(cwd, 'file'), '')
    for (const stateDir of ['file', 'file/below']) {
      const { status, stdout, stderr } = run(cwd, '--state', stateDir)
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
      expect(stderr).toMatch(/^flights: .*file.* \(ERR_MILLPOND_\w+\)\n$/)
    }
  })
})

describe('the crash run', () => {
  it('kills the job, and finds no difference', () => {
    const args = [built('crash/main'), '--kills', '2', '--limit', '100000']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout.match(/^kill \d after +\d+ ms\. /gm)).toHaveLength(2)
    expect(stdout).toContain('the same: every row')
  })

  it('exits with 2 for a wrong option', () => {
    const { status, stderr } = spawnSync(process.execPath, [built('crash/main'), '--kills', '0'], { encoding: 'utf8' })
    expect(status).toBe(2)
    expect(stderr).toContain("--kills takes a whole number above 0, not '0'")
  })
})
