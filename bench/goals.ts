import type { DriverName } from './drivers/index.js'
import { caseName } from './plan.js'
import type { Result } from './run.js'
import type { WorkloadName } from './workloads/index.js'

/** A ratio of two medians of this run, and the most that it may be. */
export interface Goal {
  readonly id: string
  readonly text: string
  readonly ratio: number
  readonly bound: number
  readonly holds: boolean
}

const K = 1000
const M = 1000 * K
const SUBJECT: DriverName = 'millpond memory()'

export function checkGoals(results: readonly Result[], quick: boolean): Goal[] {
  const time = (driver: DriverName, workload: WorkloadName, keys: number, size = 1) => {
    const name = caseName({ workload, keys, size, sameKeys: false })
    const found = results.find(result => result.name === name && result.driver === driver)
    if (!found) throw new Error(`a goal needs '${name}' of ${driver}, which was not measured`)
    return found.figures['']!.median
  }
  const goal = (id: string, text: string, bound: number, ratio: number): Goal => {
    return { id, text, ratio, bound, holds: ratio <= bound }
  }
  const against = (peer: DriverName, ...what: [workload: WorkloadName, keys: number, size?: number]) =>
    time(SUBJECT, ...what) / time(peer, ...what)
  const growth = (from: number, to: number, ...[workload, size]: [workload: WorkloadName, size?: number]) =>
    time(SUBJECT, workload, to, size) / time(SUBJECT, workload, from, size)

  const [most, mostText] = quick ? [M, '1 M (10 M in a full run)'] : [10 * M, '10 M']
  return [
    goal('P3', 'get of an object, 10 k keys, against sorted-btree', 0.6, against('sorted-btree', 'get', 10 * K)),
    goal('P3', 'get of an object, 1 M keys, against sorted-btree', 0.5, against('sorted-btree', 'get', M)),
    goal('P3', 'get of a number, 10 k keys, against Map', 2.5, against('map', 'get number', 10 * K)),
    goal('P7', 'an entry of a scan, 10 k keys, against sorted-btree', 1, against('sorted-btree', 'scan', 10 * K, 100)),
    goal('P7', 'an entry of a scan, 1 M keys, against sorted-btree', 1, against('sorted-btree', 'scan', M, 100)),
    goal('P11', `get at ${mostText} keys against 100 k`, 2.5, growth(100 * K, most, 'get')),
    goal('P11', `10 rows by scan at ${mostText} keys against 100 k`, 2.5, growth(100 * K, most, 'scan', 10)),
  ]
}
