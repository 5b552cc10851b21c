import { keyOf, Random } from '../keys.js'
import { type Figures, measure, single } from '../measure.js'
import { HOUR, type Timed } from '../windows/timed.js'
import type { JobWorkload, Round } from '../workload.js'

/** Windows a key, and sessions. */
const WINDOWS = 24
const SESSIONS = 24
/** Windows that are expired at once. */
const EXPIRED = 5000

/** By the name of a driver. */
const stores: Readonly<Record<string, (directory: string) => Promise<Timed>>> = {
  map: async () => (await import('../windows/map.js')).map(),
  'sorted-btree': async () => (await import('../windows/sorted-btree.js')).sortedBTree(),
  'millpond memory()': async () => (await import('../windows/millpond.js')).millpondMemory(),
  'millpond lmdb()': async directory => (await import('../windows/millpond.js')).millpondLmdb(directory),
  'lmdb-js, structures': async directory => (await import('../windows/lmdb-js.js')).lmdbJs(directory),
  'kafkats lmdb': async directory => (await import('../windows/kafkats.js')).kafkats(directory),
}

/** What takes a quarter of a second each is done once a round. */
const isSlow = (driver: string) => driver === 'kafkats lmdb'

/** Windows and sessions of `keys` keys, 24 each: fetched by key, found by key, changed in place, expired. */
export const windows: JobWorkload = {
  async measure(driver, directory, { keys }) {
    const store = await stores[driver]?.(directory)
    if (!store) return undefined
    await fill(store, keys)
    const random = new Random(0x2545f491)
    const someKey = () => keyOf(random.below(keys))
    const rounds = {
      [`fetch of ${WINDOWS}`]: eachOf(isSlow(driver) ? 1 : 500, () => store.fetch(someKey(), 0, WINDOWS * HOUR)),
      [`sessions of ${SESSIONS}`]: eachOf(isSlow(driver) ? 100 : 500, () =>
        store.findSessions(someKey(), 0, SESSIONS * HOUR),
      ),
      update: eachOf(isSlow(driver) ? 1 : 500, () => store.observe(someKey(), random.below(WINDOWS) * HOUR, 1)),
    }
    const figures: Figures = await measure(rounds, 300, 800)
    await store.commit()
    const expired = await expire(store, keys)
    await store.close()
    return { figures: { ...figures, [`expire ${EXPIRED}`]: single(expired) }, notes: { windows: keys * WINDOWS } }
  },
}

async function fill(store: Timed, keys: number): Promise<void> {
  for (let hour = 0; hour < WINDOWS; hour++) {
    for (let number = 0; number < keys; number++) {
      const value = { count: hour, sum: hour * 1.5, lastSeen: hour }
      store.putWindow(keyOf(number), hour * HOUR, value)
      store.putSession(keyOf(number), hour * HOUR, hour * HOUR + 60_000, value)
    }
    await store.commit()
  }
}

/** Nanoseconds that it takes to expire windows which stand before all others. */
async function expire(store: Timed, keys: number): Promise<number> {
  for (let number = 0; number < EXPIRED; number++) {
    store.putWindow(keyOf(number % keys), -(2 + Math.floor(number / keys)) * HOUR, { count: 1, sum: 1, lastSeen: 1 })
  }
  await store.commit()
  const start = performance.now()
  const removed = await store.expire(0)
  const elapsed = performance.now() - start
  if (removed !== EXPIRED) throw new Error(`${removed} windows were expired, not ${EXPIRED}`)
  return elapsed * 1e6
}

/** A round of the same operation, many times; the time is that of one. */
function eachOf(operations: number, run: () => number | void | Promise<number | void>): Round {
  return {
    operations,
    prepare() {},
    run() {
      let sum = 0
      for (let i = 0; i < operations; i++) {
        const result = run()
        if (result instanceof Promise) return awaitRest(result, operations - i - 1, run)
        sum += result ?? 0
      }
      return sum
    },
  }
}

/** The same where each has to be awaited; the first one is under way. */
async function awaitRest(first: Promise<number | void>, rest: number, run: () => unknown): Promise<number> {
  let sum = (await first) ?? 0
  for (let i = 0; i < rest; i++) sum += Number((await run()) ?? 0)
  return sum
}
