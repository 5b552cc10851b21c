import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Machine } from '../machine.js'
import { type Figure, median } from '../measure.js'
import type { NativeCase, SnapshotCase } from './plan.js'

/** What was measured of one driver at one workload: medians of the turns, and the best of them for `best`. */
export interface NativeResult extends Figure {
  readonly turns: number
  readonly driver: string
  readonly workload: string
  readonly keys: number
}

/** What a part of a snapshot came to: nanoseconds, bytes, or gigabytes a second, by name; medians of the turns. */
export interface SnapshotResult extends SnapshotCase {
  readonly turns: number
  readonly figures: Readonly<Record<string, number>>
}

/** A run as its file has it. */
export interface NativeRecord {
  readonly date: string
  readonly machine: Machine
  readonly rust: string
  readonly versions: Readonly<Record<string, string>>
  readonly seconds: number
  /** The load of the machine before each process: 1 for a process that is always busy. */
  readonly load: readonly number[]
  readonly results: readonly NativeResult[]
  readonly snapshots: readonly SnapshotResult[]
  /** A `Map` of JavaScript, packed. */
  readonly map: Readonly<Record<string, number>>
}

export type Progress = (what: string) => void

const execute = promisify(execFile)
const CRATE = fileURLToPath(new URL('../../../crates/millpond-bench/', import.meta.url))
const PACK_MAP = fileURLToPath(new URL('map.js', import.meta.url))
/** The only file system in memory that every Linux has; elsewhere files stay where the others are. */
const MEMORY = '/dev/shm'
const HEAP = '--max-old-space-size=8192'
/** Stores of so many keys are measured in the first turn alone. */
const LARGE = 10_000_000

/** Builds what is run; returns where it is. */
export function buildBench(): string {
  const target = fileURLToPath(new URL('../../../target/bench/', import.meta.url))
  execFileSync('cargo', ['build', '--release', '--locked', '--quiet', '--target-dir', target], {
    cwd: CRATE,
    stdio: 'inherit',
  })
  return join(target, 'release', 'millpond-bench')
}

/** The version of each crate that was built. */
export function crateVersions(crates: readonly string[]): Record<string, string> {
  const lock = readFileSync(join(CRATE, 'Cargo.lock'), 'utf8')
  // Of two versions of one crate the later is the one that is asked for here; the other came with a peer.
  const version = (crate: string) => [...lock.matchAll(new RegExp(`name = "${crate}"\nversion = "(.*)"`, 'g'))].at(-1)
  return Object.fromEntries(crates.map(crate => [crate, version(crate)?.[1] ?? 'unknown']))
}

export const rustVersion = (): string =>
  execFileSync('rustc', ['--version'], { cwd: CRATE }).toString().trim().split(' ')[1] ?? 'unknown'

async function runJson(command: string, args: readonly string[]): Promise<any> {
  const { stdout } = await execute(command, args)
  return JSON.parse(stdout)
}

/** One process for one case. Who writes gets a state of its own: what it leaves behind is no one else's. */
async function runCase(
  bench: string,
  { driver, workload, keys }: NativeCase,
  root: string,
  time: number,
): Promise<Figure> {
  const scratch = mkdtempSync(join(root, 'case-'))
  const name = driver.name.replace(', synced', '')
  const state = join(root, `${name}-${keys}`)
  const isRead = workload.startsWith('get') || workload.startsWith('scan')
  if (workload !== 'put new') {
    if (!existsSync(state)) await runJson(bench, ['fill', name, `${keys}`, state])
    if (!isRead && existsSync(state)) cpSync(state, join(scratch, 'state'), { recursive: true })
  }
  const directory = isRead ? state : join(scratch, 'state')
  try {
    return await runJson(bench, ['measure', driver.name, workload, `${keys}`, directory, `${time}`])
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function runSnapshot(
  bench: string,
  { part, keys, place }: SnapshotCase,
  root: string,
): Promise<Record<string, number>> {
  const directory = mkdtempSync(join(place === 'memory' && existsSync(MEMORY) ? MEMORY : root, 'millpond-bench-'))
  try {
    return await runJson(bench, ['snapshot', part, `${keys}`, directory])
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const medians = (turns: readonly Readonly<Record<string, number>>[]): Record<string, number> =>
  Object.fromEntries(Object.keys(turns[0]!).map(name => [name, median(turns.map(turn => turn[name]!))]))

export interface Wanted {
  readonly cases: readonly NativeCase[]
  readonly snapshots: readonly SnapshotCase[]
  readonly turns: number
  /** Milliseconds a case. */
  readonly time: number
}

/** What the turns so far have come to. */
export type Measured = Pick<NativeRecord, 'load' | 'results' | 'snapshots' | 'map'>

/**
 * Runs all cases in turn, then all of them again: what disturbs the machine for a while disturbs every driver. Says after each
 * process what all have come to so far: a run that is broken off is as good as it is long.
 */
export async function* runNative(bench: string, wanted: Wanted, progress: Progress): AsyncGenerator<Measured> {
  const root = mkdtempSync(join(tmpdir(), 'millpond-bench-'))
  process.on('exit', () => rmSync(root, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
  const load: number[] = []
  const cases = wanted.cases.map(entry => ({ entry, turns: [] as Figure[] }))
  const snapshots = wanted.snapshots.map(entry => ({ entry, turns: [] as Record<string, number>[] }))
  const maps: Record<string, number>[] = []
  const soFar = (): Measured => ({
    load,
    results: cases.filter(({ turns }) => turns.length > 0).map(({ entry, turns }) => merged(entry, turns)),
    snapshots: snapshots
      .filter(({ turns }) => turns.length > 0)
      .map(({ entry, turns }) => ({ ...entry, turns: turns.length, figures: medians(turns) })),
    map: maps.length > 0 ? medians(maps) : {},
  })
  const steps = [
    ...snapshots.map(({ entry, turns }) => ({
      keys: entry.keys,
      what: `${entry.part} of ${entry.keys}`,
      run: async () => turns.push(await runSnapshot(bench, entry, root)),
    })),
    { keys: 0, what: 'a Map', run: async () => maps.push(await runJson(process.execPath, [HEAP, PACK_MAP])) },
    ...cases.map(({ entry, turns }) => ({
      keys: entry.keys,
      what: `${entry.driver.name}: ${entry.workload} of ${entry.keys}`,
      run: async () => turns.push(await runCase(bench, entry, root, wanted.time)),
    })),
  ].sort((a, b) => a.keys - b.keys)
  for (let turn = 1; turn <= wanted.turns; turn++) {
    // What is large takes minutes, and is repeated within its process.
    for (const { what, run } of steps.filter(({ keys }) => turn === 1 || keys < LARGE)) {
      progress(`turn ${turn}, ${what}`)
      load.push(loadavg()[0]!)
      await run()
      yield soFar()
    }
  }
}

function merged({ driver, workload, keys }: NativeCase, turns: readonly Figure[]): NativeResult {
  const middle = (field: 'median' | 'mean') => median(turns.map(figure => figure[field]))
  const best = Math.min(...turns.map(figure => figure.best))
  return {
    driver: driver.name,
    workload,
    keys,
    turns: turns.length,
    best,
    median: middle('median'),
    mean: middle('mean'),
  }
}
