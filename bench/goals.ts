import type { DriverName } from './drivers/index.js'
import { AWAITED_FLIGHTS, caseName, FLIGHTS, OPENED, type Run, WINDOWED } from './plan.js'
import type { Result } from './run.js'
import type { WorkloadName } from './workloads/index.js'

/** A ratio of two medians of this run, or a time of it, and the most that it may be. */
export interface Goal {
  readonly id: string
  readonly text: string
  /** Null where a peer that it needs could not be measured. */
  readonly ratio: number | null
  readonly bound: number
  readonly unit: '×' | ' ms'
  readonly holds: boolean
}

const K = 1000
const M = 1000 * K
const MEMORY: DriverName = 'millpond memory()'
const DISK: DriverName = 'millpond lmdb()'
const JSON_ON_DISK: DriverName = 'millpond lmdb(), json()'
const STRUCTURES: DriverName = 'lmdb-js, structures'

/** Of windows and sessions: what is asked for, the most that it may take, whose time, whose besides, and of what. */
const P8: readonly (readonly [string, number, DriverName, DriverName, string])[] = [
  ['24 windows of a key, against sorted-btree', 1, MEMORY, 'sorted-btree', 'fetch of 24'],
  ['24 sessions of a key, against sorted-btree', 1, MEMORY, 'sorted-btree', 'sessions of 24'],
  ['24 windows on disk, against lmdb-js, structures', 0.4, DISK, STRUCTURES, 'fetch of 24'],
  ['24 sessions on disk, against lmdb-js, structures', 0.4, DISK, STRUCTURES, 'sessions of 24'],
  ['24 windows on disk, against kafkats lmdb', 1 / 10_000, DISK, 'kafkats lmdb', 'fetch of 24'],
]
const EXPIRY = 'expire 5000'

/** Of a sustained run: nothing left to merge. */
const MERGED = 'until closed'

/** Of the main job: without decoding its input. */
const APPLIED = 'without reading'

/** What was timed: a workload at so many keys, of so many a call, and the figure of it by its name. */
type What = readonly [workload: WorkloadName, keys: number, size?: number | undefined, figure?: string]

export function checkGoals(results: readonly Result[], run: Run): Goal[] {
  const figures = (driver: DriverName, [workload, keys, size = 1]: What) => {
    const name = caseName({ workload, keys, size, sameKeys: false })
    return results.find(result => result.name === name && result.driver === driver)?.figures
  }
  const time = (driver: DriverName, what: What) => figures(driver, what)?.[what[3] ?? '']?.median ?? Number.NaN
  const goal = (id: string, text: string, bound: number, value: number, unit: Goal['unit'] = '×'): Goal => {
    return { id, text, ratio: Number.isNaN(value) ? null : value, bound, unit, holds: value <= bound }
  }
  const against = (peer: DriverName, ...what: What) => time(MEMORY, what) / time(peer, what)
  const onDisk = (...what: What) => time(DISK, what) / time(STRUCTURES, what)
  const asJson = (...what: What) => time(JSON_ON_DISK, what) / time('lmdb-js', what)
  const growth = (from: number, to: number, ...[workload, size]: [workload: WorkloadName, size?: number]) =>
    time(MEMORY, [workload, to, size]) / time(MEMORY, [workload, from, size])

  const [most, mostText] = run === 'quick' ? [M, '1 M (10 M in a full run)'] : [10 * M, '10 M']
  const opened = OPENED[run]
  const openedText = run === 'quick' ? '100 MB (1 GB in a full run)' : '1 GB'
  const [added, counted] = (['sustained add', 'sustained get + put of numbers'] as const).map(name =>
    time(DISK, [name, M, 1, MERGED]),
  )
  const append = time(DISK, ['awaited put', 10 * K]) / time(DISK, ['awaited put', 10 * K, 1, 'append + fdatasync'])
  const flights = time(DISK, ['flights', FLIGHTS[run]])
  const applied =
    time(DISK, ['flights', FLIGHTS[run], 1, APPLIED]) /
    time('kafkats lmdb', ['flights', AWAITED_FLIGHTS[run], 1, APPLIED])
  const windows = (driver: DriverName, figure: string) => time(driver, ['windows', WINDOWED, 1, figure])
  return [
    goal('P3', 'get of an object, 10 k keys, against sorted-btree', 0.6, against('sorted-btree', 'get', 10 * K)),
    goal('P3', 'get of an object, 1 M keys, against sorted-btree', 0.5, against('sorted-btree', 'get', M)),
    goal('P3', 'get of a number, 10 k keys, against Map', 2.5, against('map', 'get number', 10 * K)),
    goal('P4', 'get on disk, 10 k keys, against lmdb-js, structures', 0.6, onDisk('get after reopen', 10 * K)),
    goal('P4', 'get on disk, 1 M keys, against lmdb-js, structures', 0.6, onDisk('get after reopen', M)),
    goal('P4', 'get on disk, json(), 10 k keys, against lmdb-js', 0.8, asJson('get after reopen', 10 * K)),
    goal('P4', 'get on disk, json(), 1 M keys, against lmdb-js', 0.8, asJson('get after reopen', M)),
    goal('P5', 'sustained put, 1 M keys, against lmdb-js, structures', 0.15, onDisk('sustained put', M, 1, MERGED)),
    goal(
      'P5',
      'sustained get + put, 1 M keys, against lmdb-js, structures',
      0.15,
      onDisk('sustained get + put', M, 1, MERGED),
    ),
    goal('P5', 'add of a number on disk against get + put', 0.6, added! / counted!),
    goal('P6', 'an awaited put against append + fdatasync', 1.2, append),
    goal('P6', 'an awaited put against lmdb-js, structures', 0.75, onDisk('awaited put', 10 * K)),
    goal('P6', '1000 awaited together against lmdb-js, structures', 0.4, onDisk('puts together', 10 * K, K)),
    goal('P7', 'an entry of a scan, 10 k keys, against sorted-btree', 1, against('sorted-btree', 'scan', 10 * K, 100)),
    goal('P7', 'an entry of a scan, 1 M keys, against sorted-btree', 1, against('sorted-btree', 'scan', M, 100)),
    goal('P7', 'the same on disk, 10 k, against lmdb-js, structures', 0.6, onDisk('scan after reopen', 10 * K, 100)),
    goal('P7', 'the same on disk, 1 M, against lmdb-js, structures', 0.6, onDisk('scan after reopen', M, 100)),
    ...P8.map(([text, bound, driver, peer, figure]) =>
      goal('P8', text, bound, windows(driver, figure) / windows(peer, figure)),
    ),
    goal('P8', 'expiring 5,000 windows', 5, windows(MEMORY, EXPIRY) / 1e6, ' ms'),
    goal('P8', 'the same on disk', 5, windows(DISK, EXPIRY) / 1e6, ' ms'),
    goal('P9', 'main job, durable, against Maps', 1 / 0.4, flights / time('map', ['flights', FLIGHTS[run]])),
    goal('P9', 'main job without reading, against kafkats lmdb', 1 / 15, applied),
    goal('P11', `get at ${mostText} keys against 100 k`, 2.5, growth(100 * K, most, 'get')),
    goal('P11', `10 rows by scan at ${mostText} keys against 100 k`, 2.5, growth(100 * K, most, 'scan', 10)),
    goal('P12', `import and open ${openedText}, first get`, 20, time(DISK, ['open', opened]) / 1e6, ' ms'),
  ]
}
