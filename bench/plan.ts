import type { DiskDriverName, DriverName, MemoryDriverName } from './drivers/index.js'
import type { Parameters } from './workload.js'
import type { DiskWorkloadName, JobName, MemoryWorkloadName, WorkloadName } from './workloads/index.js'

/** What is measured: one workload at one size, on each of some drivers. */
export interface Case extends Parameters {
  readonly workload: WorkloadName
  readonly drivers: readonly DriverName[]
  /** The runs that have it; a quick one has what the goals are made of. */
  readonly runs: readonly Run[]
  /** How often it is measured: as often as a point operation, as what takes long, or as a single moment. */
  readonly kind: 'short' | 'long' | 'moment'
}

export type Run = 'quick' | 'full'

const MILLPOND: MemoryDriverName = 'millpond memory()'
const SORTED: readonly MemoryDriverName[] = ['sorted-btree', MILLPOND]
const ALL: readonly MemoryDriverName[] = ['map', ...SORTED]

const DURABLE: DiskDriverName = 'millpond lmdb()'
const STRUCTURES: DiskDriverName = 'lmdb-js, structures'
/** What goals on disk compare. */
const RIVALS: readonly DiskDriverName[] = [STRUCTURES, DURABLE]
const AS_DEFAULT: readonly DiskDriverName[] = ['lmdb-js', 'millpond lmdb(), json()']
const OTHERS: readonly DiskDriverName[] = ['kafkats lmdb', 'classic-level', 'better-sqlite3']
const PEERS: readonly DiskDriverName[] = ['lmdb-js', ...OTHERS]

const K = 1000
const M = 1000 * K

/** The 1 GB and the 100 MB that are opened: entries of a kilobyte. */
export const OPENED: Readonly<Record<Run, number>> = { full: M, quick: 100 * K }
/** Flights that the main job counts. */
export const FLIGHTS: Readonly<Record<Run, number>> = { full: 3 * M, quick: M }
/** The same where each put is awaited: a fraction of a millisecond for each, three to four of them a flight. */
export const AWAITED_FLIGHTS: Readonly<Record<Run, number>> = { full: 20 * K, quick: 2 * K }

const BOTH: readonly Run[] = ['quick', 'full']
const FULL: readonly Run[] = ['full']

interface Options {
  readonly runs?: readonly Run[]
  readonly size?: number
  readonly sameKeys?: boolean
  readonly kind?: Case['kind']
}

function allCases(
  workload: WorkloadName,
  drivers: readonly DriverName[],
  sizes: readonly number[],
  { runs = FULL, size = 1, sameKeys = false, kind = 'short' }: Options,
): Case[] {
  return sizes.map(keys => ({ workload, drivers, keys, size, sameKeys, runs, kind }))
}

const cases = (
  workload: MemoryWorkloadName,
  drivers: readonly MemoryDriverName[],
  sizes: readonly number[],
  { quick = false, ...options }: Options & { quick?: boolean } = {},
) => allCases(workload, drivers, sizes, { runs: quick ? BOTH : FULL, ...options })

const onDisk = (
  workload: DiskWorkloadName,
  drivers: readonly DiskDriverName[],
  sizes: readonly number[],
  options: Options = {},
) => allCases(workload, drivers, sizes, options)

const job = (name: JobName, drivers: readonly DriverName[], size: number, runs: readonly Run[]) =>
  allCases(name, drivers, [size], { runs, kind: 'long' })

/** Keys with 24 windows and 24 sessions each. */
export const WINDOWED = 10 * K

const inMemory: readonly Case[] = [
  ...cases('border', [MILLPOND], [50], { quick: true }),
  ...cases('get', ALL, [10 * K, M], { quick: true }),
  ...cases('get', [MILLPOND], [100 * K], { quick: true }),
  ...cases('get', [MILLPOND], [10 * M]),
  ...cases('get', ['sorted-btree (default)'], [10 * K, M]),
  ...cases('get', ALL, [10 * K, M], { sameKeys: true }),
  ...cases('get number', ALL, [10 * K], { quick: true }),
  ...cases('get number', ALL, [M]),
  ...cases('get many', ALL, [M], { size: 16 }),
  ...cases('get many', ALL, [M], { size: 100 }),
  ...cases('scan', SORTED, [10 * K, M], { quick: true, size: 100 }),
  ...cases('scan', SORTED, [100 * K], { size: 100 }),
  ...cases('scan', [MILLPOND], [10 * K, 100 * K, M], { quick: true, size: 10 }),
  ...cases('scan', [MILLPOND], [10 * M], { size: 10 }),
  ...cases('put', ALL, [10 * K, M]),
  ...cases('insert', ALL, [M]),
  ...cases('get + put', ALL, [10 * K, M]),
  ...cases('update', ALL, [10 * K, M]),
  ...cases('update fields', [MILLPOND], [10 * K, M]),
  ...cases('add', ALL, [10 * K, M]),
]

const disk: readonly Case[] = [
  ...onDisk('get after reopen', [...RIVALS, ...AS_DEFAULT], [10 * K, M], { runs: BOTH }),
  ...onDisk('get after reopen', OTHERS, [10 * K, M]),
  ...onDisk('scan after reopen', RIVALS, [10 * K, M], { runs: BOTH, size: 100 }),
  ...onDisk('scan after reopen', PEERS, [10 * K, M], { size: 100 }),
  ...onDisk('sustained put', RIVALS, [M], { runs: BOTH, kind: 'long' }),
  ...onDisk('sustained put', PEERS, [M], { kind: 'long' }),
  ...onDisk('sustained get + put', RIVALS, [M], { runs: BOTH, kind: 'long' }),
  ...onDisk('sustained get + put', ['lmdb-js', 'better-sqlite3'], [M], { kind: 'long' }),
  ...onDisk('sustained add', [DURABLE], [M], { runs: BOTH, kind: 'long' }),
  ...onDisk('sustained get + put of numbers', [DURABLE], [M], { runs: BOTH, kind: 'long' }),
  ...onDisk('sustained add', ['better-sqlite3'], [M], { kind: 'long' }),
  ...onDisk('awaited put', RIVALS, [10 * K], { runs: BOTH }),
  ...onDisk('awaited put', PEERS, [10 * K]),
  ...onDisk('puts together', RIVALS, [10 * K], { runs: BOTH, size: K }),
  ...onDisk('puts together', PEERS, [10 * K], { size: K }),
  ...onDisk('commit', [...RIVALS, ...OTHERS], [10 * K, 100 * K, M], { size: K }),
  ...onDisk('commit', RIVALS, [10 * M], { size: K }),
  ...[1, 10, 100, 10 * K].flatMap(size => onDisk('commit', [...RIVALS, ...OTHERS], [M], { size })),
  ...onDisk('pauses', [...RIVALS, 'classic-level', 'better-sqlite3'], [M], { kind: 'long' }),
  ...onDisk('open', [DURABLE], [OPENED.quick], { runs: ['quick'], kind: 'moment' }),
  ...onDisk('open', [...RIVALS, ...OTHERS], [OPENED.full], { kind: 'moment' }),
]

const whole: readonly Case[] = [
  ...job('windows', ['map', 'sorted-btree', MILLPOND, ...RIVALS], WINDOWED, BOTH),
  ...job('windows', ['kafkats lmdb'], WINDOWED, FULL),
  ...[40, 40 * K].flatMap(keys => job('windows', ['map', 'sorted-btree', MILLPOND, ...RIVALS], keys, FULL)),
  ...[K, 100 * K].flatMap(keys => job('joins', ['map', 'sorted-btree', MILLPOND, ...RIVALS], keys, FULL)),
  ...BOTH.flatMap(run => [
    ...job('flights', ['map', 'sorted-btree', DURABLE], FLIGHTS[run], [run]),
    ...job('flights', ['kafkats lmdb'], AWAITED_FLIGHTS[run], [run]),
  ]),
  // Too long for a quick run: lmdb-js takes ten seconds for a million.
  ...job('flights', [MILLPOND, STRUCTURES], FLIGHTS.full, FULL),
]

export const plan: readonly Case[] = [...inMemory, ...disk, ...whole]

const sizeText = (count: number) =>
  count % M === 0 ? `${count / M} M` : count % K === 0 ? `${count / K} k` : `${count}`

/** `scan of 100, 10 k keys`: the name of a case in results and tables. */
export function caseName({ workload, keys, size, sameKeys }: Parameters & { workload: WorkloadName }): string {
  const of = size > 1 ? ` of ${size}` : ''
  const unit = workload === 'flights' ? 'rows' : 'keys'
  return `${workload}${of}, ${sizeText(keys)} ${unit}${sameKeys ? ', the same strings' : ''}`
}
