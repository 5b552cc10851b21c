import type { Store, ValueKind, Values } from './driver.js'
import { drivers, type MemoryDriverName } from './drivers/index.js'
import { keyOf } from './keys.js'
import { measure, measureOnce } from './measure.js'
import type { Memory, Report } from './report.js'
import { firstValue } from './values.js'
import { packageVersion } from './version.js'
import { Context, type Parameters, type Times, type Workload } from './workload.js'
import { type MemoryWorkloadName, workloads } from './workloads/index.js'

/** A workload on a store that lives in this process, which is filled first. */
export async function runInMemory(
  driverName: MemoryDriverName,
  workloadName: MemoryWorkloadName,
  parameters: Parameters,
  times: Times,
): Promise<Report | null> {
  const driver = await drivers[driverName]()
  const workload: Workload<any> = workloads[workloadName]
  const store = await driver.open(workload.values as ValueKind)
  const context = new Context(parameters)
  const memory = workload.fills ? null : fill(store, workload.values, context)
  const rounds = await workload.rounds(store, context)
  if (!rounds) return null
  const figures = workload.fills
    ? await measureOnce(rounds, parameters.keys)
    : await measure(rounds, times.warmUp, times.time)
  await store.close()
  return { version: packageVersion(driver.package), figures, memory, notes: {} }
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
