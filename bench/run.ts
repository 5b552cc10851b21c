import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Job, Memory, Report } from './child.js'
import type { DriverName } from './drivers/index.js'
import { type Figure, median } from './measure.js'
import { type Case, caseName } from './plan.js'

/** What was measured of one driver at one workload, over all turns. */
export interface Result {
  readonly name: string
  readonly driver: DriverName
  readonly keys: number
  /** The version of the driver's package. */
  readonly version: string
  /** By the name of what was timed: '' where it is one thing. Medians of the turns; the best of them for `best`. */
  readonly figures: Readonly<Record<string, Figure>>
  readonly memory: Memory | null
}

export interface Effort {
  readonly turns: number
  /** Milliseconds in each child. */
  readonly warmUp: number
  readonly time: number
}

const execute = promisify(execFile)
const CHILD = fileURLToPath(new URL('child.js', import.meta.url))
const HEAP = 12 * 1024

async function runChild(job: Job): Promise<Report | null> {
  const args = ['--expose-gc', `--max-old-space-size=${HEAP}`, CHILD, JSON.stringify(job)]
  const { stdout } = await execute(process.execPath, args)
  return JSON.parse(stdout)
}

/** Runs all cases in turn, then all of them again: what disturbs the machine for a while disturbs every driver. */
export async function runAll(
  cases: readonly Case[],
  { turns, warmUp, time }: Effort,
  progress: (done: number, of: number, what: string) => void,
): Promise<Result[]> {
  const pairs = cases.flatMap(entry => entry.drivers.map(driver => ({ entry, driver, reports: [] as Report[] })))
  let done = 0
  for (let turn = 0; turn < turns; turn++) {
    for (const { entry, driver, reports } of pairs) {
      const { workload, keys, size, sameKeys } = entry
      progress(done++, turns * pairs.length, `${caseName(entry)}: ${driver}`)
      const report = await runChild({ driver, workload, keys, size, sameKeys, warmUp, time })
      if (report) reports.push(report)
    }
  }
  return pairs.flatMap(({ entry, driver, reports }) => {
    const [first] = reports
    if (!first) return []
    const name = caseName(entry)
    return { name, driver, keys: entry.keys, version: first.version, figures: merged(reports), memory: first.memory }
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
