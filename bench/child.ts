// One workload on one driver: started by main.ts, with the job as JSON, and prints its report as JSON.
import { createRequire } from 'node:module'
import type { Store, ValueKind, Values } from './driver.js'
import { type DriverName, drivers } from './drivers/index.js'
import { keyOf } from './keys.js'
import { type Figure, measure, measureOnce, read } from './measure.js'
import { firstValue } from './values.js'
import { Context, type Parameters, type Workload } from './workload.js'
import { type WorkloadName, workloads } from './workloads/index.js'

export interface Job extends Parameters {
  readonly driver: DriverName
  readonly workload: WorkloadName
  /** Milliseconds. */
  readonly warmUp: number
  readonly time: number
}

/** What a store of so many entries takes, in bytes an entry. */
export interface Memory {
  /** Growth of the process and of the JavaScript heap, while the store was filled. */
  readonly resident: number
  readonly heap: number
  /** What the driver says of native memory, or null where it has none. */
  readonly native: number | null
}

export interface Report {
  readonly version: string
  readonly figures: Readonly<Record<string, Figure>>
  readonly memory: Memory | null
}

async function run(job: Job): Promise<Report | null> {
  const driver = await drivers[job.driver]()
  const workload: Workload<any> = workloads[job.workload]
  const store = await driver.open(workload.values as ValueKind)
  const context = new Context(job)
  const memory = workload.fills ? null : fill(store, workload.values, context)
  const rounds = await workload.rounds(store, context)
  if (!rounds) return null
  const figures = workload.fills ? measureOnce(rounds, job.keys) : measure(rounds, job.warmUp, job.time)
  await store.close()
  return { version: versionOf(driver.package), figures, memory }
}

function fill<K extends ValueKind>(store: Store<Values[K]>, kind: K, { parameters, stored }: Context): Memory {
  const { keys, sameKeys } = parameters
  const before = settledMemory()
  for (let number = 0; number < keys; number++) {
    const key = keyOf(number)
    if (sameKeys) stored.push(key)
    store.put(key, firstValue(kind, number))
  }
  const after = settledMemory()
  return {
    resident: (after.rss - before.rss) / keys,
    heap: (after.heapUsed - before.heapUsed) / keys,
    native: store.nativeBytes ? store.nativeBytes() / keys : null,
  }
}

/** Memory once the garbage is gone, and what is left stands where it stands in a process that has run for long. */
function settledMemory(): NodeJS.MemoryUsage {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage()
}

function versionOf(name: string | undefined): string {
  if (name === undefined) return process.version
  return createRequire(import.meta.url)(`${name}/package.json`).version
}

const report = await run(JSON.parse(process.argv[2]!))
process.stderr.write(`read ${read}\n`)
process.stdout.write(`${JSON.stringify(report)}\n`)
