import { closeSync, cpSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ValueKind } from './driver.js'
import { type DiskDriverName, type DriverName, diskDrivers } from './drivers/index.js'
import { keyOf } from './keys.js'
import type { Report } from './report.js'
import { firstValue } from './values.js'
import { packageVersion } from './version.js'
import { Context, type DiskWorkload, type Parameters, type Times } from './workload.js'
import { type DiskWorkloadName, diskWorkloads, type JobName, jobs } from './workloads/index.js'

/** A state that several processes open one after the other. */
export interface State {
  readonly driver: DiskDriverName
  readonly kind: ValueKind
  readonly keys: number
  readonly directory: string
}

/** Bytes a commit while a state is made, about. */
const COMMIT_BYTES = 32e6
const BYTES: Readonly<Record<ValueKind, number>> = { object: 60, number: 40, text: 1050 }

/** Makes a state, its keys in no order. */
export async function makeState({ driver, kind, keys, directory }: State): Promise<void> {
  mkdirSync(directory, { recursive: true })
  const store = await (await diskDrivers[driver]()).open(directory, kind)
  const batch = Math.round(COMMIT_BYTES / BYTES[kind])
  for (let first = 0; first < keys; first += batch) {
    await (store.transact ?? store.commit)(() => {
      for (let i = first; i < Math.min(first + batch, keys); i++) store.put(keyOf(i), firstValue(kind, i))
    })
  }
  await store.close()
}

/** A workload on a state that another process made. */
export async function runOnDisk(
  driverName: DiskDriverName,
  workloadName: DiskWorkloadName,
  parameters: Parameters,
  times: Times,
  state: string,
): Promise<Report | null> {
  const workload: DiskWorkload<any> = diskWorkloads[workloadName]
  const directory = workload.state === 'copied' ? copyOf(state) : state
  const load = diskDrivers[driverName]
  const open = async () => (await load()).open(directory, workload.values as ValueKind)
  const measured = await workload.measure({ directory, times, context: new Context(parameters), load, open })
  if (directory !== state) rmSync(directory, { recursive: true })
  if (!measured) return null
  const { package: name } = await load()
  return { version: packageVersion(name), figures: measured.figures, memory: null, notes: measured.notes ?? {} }
}

/** On the disk before it is used, so that nobody's sync has to wait for it. */
function copyOf(state: string): string {
  const copy = `${state}-copy`
  cpSync(state, copy, { recursive: true })
  for (const file of readdirSync(copy)) {
    const descriptor = openSync(join(copy, file), 'r+')
    fsyncSync(descriptor)
    closeSync(descriptor)
  }
  return copy
}

/** A program that keeps its own state below a directory. */
export async function runJob(
  driverName: DriverName,
  workloadName: JobName,
  parameters: Parameters,
  directory: string,
): Promise<Report | null> {
  const work = join(directory, 'job')
  mkdirSync(work)
  const measured = await jobs[workloadName].measure(driverName, work, parameters)
  rmSync(work, { recursive: true })
  const name = Object.hasOwn(diskDrivers, driverName)
    ? (await diskDrivers[driverName as DiskDriverName]()).package
    : undefined
  return measured
    ? { version: packageVersion(name), figures: measured.figures, memory: null, notes: measured.notes ?? {} }
    : null
}
