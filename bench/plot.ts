// The plots of a full run. By itself, `node out/bench/plot.js FILE.json` draws a run anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Bar, draw, type Group } from './card.js'
import type { DriverName } from './drivers/index.js'
import type { Machine } from './machine.js'
import { caseName } from './plan.js'
import type { Result } from './run.js'
import type { WorkloadName } from './workloads/index.js'

/** A run as its file has it. */
export interface RunRecord {
  readonly date: string
  readonly machine: Machine
  readonly results: readonly Result[]
}

interface Shown {
  readonly name: DriverName
  readonly label: string
  readonly style: Bar['style']
}

const IN_MEMORY: readonly Shown[] = [
  { name: 'millpond memory()', label: 'millpond memory()', style: 'ours' },
  { name: 'sorted-btree', label: 'sorted-btree', style: 'peer' },
  { name: 'map', label: 'Map', style: 'floor' },
]
const ON_DISK: readonly Shown[] = [
  { name: 'millpond lmdb()', label: 'millpond lmdb()', style: 'ours' },
  { name: 'lmdb-js, structures', label: 'lmdb-js, structures', style: 'peer' },
  { name: 'kafkats lmdb', label: 'kafkats lmdb', style: 'peer' },
  { name: 'classic-level', label: 'classic-level', style: 'peer' },
  { name: 'better-sqlite3', label: 'better-sqlite3', style: 'peer' },
]

const K = 1000
const M = 1000 * K

const where = ({ date, machine }: RunRecord) =>
  `medians; ${date}, ${machine.cpu}, ${machine.cpus} CPUs, Node ${machine.node}`

const keyCount = (keys: number) => (keys < M ? `${keys / K} thousand keys` : `${keys / M} million keys`)

/** The drivers at one workload. */
function group(
  { results }: RunRecord,
  drivers: readonly Shown[],
  title: string,
  what: { workload: WorkloadName; keys: number; size: number },
  missing: string,
): Group {
  const name = caseName({ ...what, sameKeys: false })
  const timeOf = (driver: DriverName) =>
    results.find(result => result.name === name && result.driver === driver)?.figures['']?.median
  return { title, bars: drivers.map(({ name, label, style }) => ({ label, style, time: timeOf(name), missing })) }
}

export function plotMemory(record: RunRecord): string {
  const rows: readonly { workload: WorkloadName; size: number; title: string }[] = [
    { workload: 'get', size: 1, title: 'get' },
    { workload: 'scan', size: 100, title: 'scan of 100, an entry' },
    { workload: 'put', size: 1, title: 'put' },
    { workload: 'get + put', size: 1, title: 'get, then put' },
  ]
  return draw({
    description: 'Nanoseconds an operation: millpond in memory, sorted-btree and Map',
    title: 'Nanoseconds an operation: shorter is better, each group to its own scale',
    subtitle: where(record),
    columns: [10 * K, M].map(keys => ({
      title: keyCount(keys),
      groups: rows.map(row => group(record, IN_MEMORY, row.title, { ...row, keys }, 'has no order')),
    })),
  })
}

/** What a put of a commit costs that is awaited until it is on the disk. */
export function plotDisk(record: RunRecord): string {
  const commits = (keys: number, size: number, title: string, drivers = ON_DISK) =>
    group(record, drivers, title, { workload: 'commit', keys, size }, 'not measured')
  const puts = (size: number) => (size === 1 ? 'one put' : `${size.toLocaleString('en')} puts`)
  const states = [10 * K, 100 * K, M].map(keys => commits(keys, K, keyCount(keys)))
  return draw({
    description: 'Nanoseconds a put of a durable commit, by the size of the state and of the commit',
    title: 'Nanoseconds a put, durable: shorter is better, each group to its own scale',
    subtitle: where(record),
    columns: [
      { title: '1,000 puts a commit', groups: [...states, commits(10 * M, K, keyCount(10 * M), ON_DISK.slice(0, 2))] },
      { title: '1 million keys', groups: [1, 10, 100, K, 10 * K].map(size => commits(M, size, puts(size))) },
    ],
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2]
  if (file === undefined) throw new Error('expected the file of a run: bench/results/….json')
  const record: RunRecord = JSON.parse(readFileSync(file, 'utf8'))
  const draw = (name: string, svg: string) =>
    writeFileSync(new URL(`../../bench/results/${name}`, import.meta.url), svg)
  draw('memory.svg', plotMemory(record))
  // Runs from before there was a disk have no commits.
  if (record.results.some(({ workload }) => workload === 'commit')) draw('disk.svg', plotDisk(record))
}
