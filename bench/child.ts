// One workload on one driver: started by main.ts, with the job as JSON, and prints its report as JSON.
import type { DiskDriverName, DriverName, MemoryDriverName } from './drivers/index.js'
import { read } from './measure.js'
import type { State } from './on-disk.js'
import type { Report } from './report.js'
import type { Parameters, Times } from './workload.js'
import {
  type DiskWorkloadName,
  diskWorkloads,
  type JobName,
  jobs,
  type MemoryWorkloadName,
  type WorkloadName,
} from './workloads/index.js'

export interface Job {
  readonly driver: DriverName
  readonly workload: WorkloadName
  readonly parameters: Parameters
  readonly times: Times
  /** Where the state is, or anything else that is to be kept on the disk. */
  readonly directory: string
}

/** A state to be made, for a job that follows. */
export interface Preparation {
  readonly state: State
}

async function run({ driver, workload, parameters, times, directory }: Job): Promise<Report | null> {
  // What is not run is not loaded either: `open` measures how long that takes.
  if (Object.hasOwn(jobs, workload)) {
    const { runJob } = await import('./on-disk.js')
    return runJob(driver, workload as JobName, parameters, directory)
  }
  if (Object.hasOwn(diskWorkloads, workload)) {
    const { runOnDisk } = await import('./on-disk.js')
    return runOnDisk(driver as DiskDriverName, workload as DiskWorkloadName, parameters, times, directory)
  }
  const { runInMemory } = await import('./in-memory.js')
  return runInMemory(driver as MemoryDriverName, workload as MemoryWorkloadName, parameters, times)
}

const task: Job | Preparation = JSON.parse(process.argv[2]!)
if ('state' in task) await (await import('./on-disk.js')).makeState(task.state)
else process.stdout.write(`${JSON.stringify(await run(task))}\n`)
process.stderr.write(`read ${read}\n`)
