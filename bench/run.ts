import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Job, Preparation } from './child.js'
import type { DiskDriverName, DriverName } from './drivers/index.js'
import { type Figure, type Figures, median } from './measure.js'
import { type Case, caseName } from './plan.js'
import type { Memory, Report } from './report.js'
import type { Times } from './workload.js'
import { type DiskWorkloadName, diskWorkloads, type WorkloadName } from './workloads/index.js'

/** What was measured of one driver at one workload, over all turns. */
export interface Result {
  readonly name: string
  readonly workload: WorkloadName
  readonly driver: DriverName
  readonly keys: number
  /** The version of the driver's package. */
  readonly version: string
  /** Medians of the turns; the best of them for `best`. */
  readonly figures: Figures
  readonly memory: Memory | null
  /** Of the first turn. */
  readonly notes: Readonly<Record<string, number>>
}

export interface Effort extends Times {
  /** How often each kind of case is measured, in a process each time. */
  readonly turns: Readonly<Record<Case['kind'], number>>
}

const execute = promisify(execFile)
const CHILD = fileURLToPath(new URL('child.js', import.meta.url))
const HEAP = 12 * 1024

async function runChild(task: Job | Preparation): Promise<Report | null> {
  const args = ['--expose-gc', `--max-old-space-size=${HEAP}`, CHILD, JSON.stringify(task)]
  const { stdout } = await execute(process.execPath, args)
  return stdout === '' ? null : JSON.parse(stdout)
}

/** The directory for a case: where it finds its state, which is made at the first time, or where it keeps what it needs. */
async function directoryFor({ workload, keys }: Case, driver: DriverName, root: string): Promise<string> {
  if (!Object.hasOwn(diskWorkloads, workload)) return root
  const kind = diskWorkloads[workload as DiskWorkloadName].values
  const directory = join(root, `${driver.replaceAll(/\W+/g, '-')}-${kind}-${keys}`)
  if (!existsSync(directory)) {
    await runChild({ state: { driver: driver as DiskDriverName, kind, keys, directory } })
  }
  return directory
}

/**
 * Runs all cases in turn, then all of them again: what disturbs the machine for a while disturbs every driver. States
 * are kept below `root` until the end, as turns need them again.
 */
export async function runAll(
  cases: readonly Case[],
  { turns, ...times }: Effort,
  root: string,
  progress: (done: number, of: number, what: string) => void,
): Promise<Result[]> {
  const pairs = cases.flatMap(entry => entry.drivers.map(driver => ({ entry, driver, reports: [] as Report[] })))
  const all = pairs.reduce((sum, { entry }) => sum + turns[entry.kind], 0)
  let done = 0
  for (let turn = 0; turn < Math.max(...Object.values(turns)); turn++) {
    for (const { entry, driver, reports } of pairs.filter(({ entry }) => turn < turns[entry.kind])) {
      const { workload, keys, size, sameKeys } = entry
      progress(done++, all, `${caseName(entry)}: ${driver}`)
      const directory = await directoryFor(entry, driver, root)
      const report = await runChild({ driver, workload, parameters: { keys, size, sameKeys }, times, directory })
      if (report) reports.push(report)
    }
  }
  return pairs.flatMap(({ entry, driver, reports }) => {
    const [first] = reports
    if (!first) return []
    const { workload, keys } = entry
    const { version, memory, notes } = first
    return { name: caseName(entry), workload, driver, keys, version, figures: merged(reports), memory, notes }
  })
}

function merged(reports: readonly Report[]): Record<string, Figure> {
  const names = Object.keys(reports[0]!.figures)
  return Object.fromEntries(
    names.map(name => {
      const turns = reports.map(report => report.figures[name]!)
      const best = Math.min(...turns.map(turn => turn.best))
      const middle = (field: 'median' | 'mean') => median(turns.map(turn => turn[field]))
      return [name, { best, median: middle('median'), mean: middle('mean') }]
    }),
  )
}
