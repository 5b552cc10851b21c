import type { DriverName } from '../drivers/index.js'
import { keyOf, Random } from '../keys.js'
import { type Figures, measure, single } from '../measure.js'
import { timed } from '../windows/index.js'
import { HOUR, type Sessions, type Sum, type Timed, type Windows } from '../windows/timed.js'
import { type JobWorkload, POINT_OPERATIONS, type Round } from '../workload.js'

/** Windows a key, and sessions. */
const WINDOWS = 24
const SESSIONS = 24
/** Windows that are expired at once. */
const EXPIRED = 5000

/** What takes a quarter of a second each is done once a round. */
const isSlow = (driver: DriverName) => driver === 'kafkats lmdb'

/** Windows and sessions of `keys` keys, 24 each: fetched by key, found by key, changed in place, expired. */
export const windows: JobWorkload = {
  async measure(driver, directory, { keys }) {
    const store = await timed[driver]?.(directory)
    if (!store) return undefined
    const [windows, sessions] = [store.windows('windows'), store.sessions('sessions')]
    await fill(store, windows, sessions, keys)
    const random = new Random(0x2545f491)
    const someKey = () => keyOf(random.below(keys))
    const observe = () => windows.observe(someKey(), random.below(WINDOWS) * HOUR, 1)
    const updates = isSlow(driver) ? 1 : POINT_OPERATIONS
    const rounds = {
      [`fetch of ${WINDOWS}`]: roundOf(isSlow(driver) ? 1 : 500, operations =>
        repeat(operations, () => windows.fetch(someKey(), 0, WINDOWS * HOUR)),
      ),
      [`sessions of ${SESSIONS}`]: roundOf(isSlow(driver) ? 100 : 500, operations =>
        repeat(operations, () => sessions.find(someKey(), 0, SESSIONS * HOUR)),
      ),
      update: roundOf(updates, operations => store.commit(() => repeat(operations, observe))),
    }
    const figures: Figures = await measure(rounds, 300, 800)
    const expired = await expire(store, windows, keys)
    await store.close()
    return { figures: { ...figures, [`expire ${EXPIRED}`]: single(expired) }, notes: { windows: keys * WINDOWS } }
  },
}

async function fill(store: Timed, windows: Windows, sessions: Sessions, keys: number): Promise<void> {
  for (let hour = 0; hour < WINDOWS; hour++) {
    await store.commit(() => {
      for (let number = 0; number < keys; number++) {
        const value = { count: hour, sum: hour * 1.5, lastSeen: hour }
        windows.put(keyOf(number), hour * HOUR, value)
        sessions.put(keyOf(number), hour * HOUR, hour * HOUR + 60_000, value)
      }
      return keys
    })
  }
}

/** Nanoseconds that it takes to expire windows which stand before all others. */
async function expire(store: Timed, windows: Windows, keys: number): Promise<number> {
  await store.commit(() => {
    for (let number = 0; number < EXPIRED; number++) {
      windows.put(keyOf(number % keys), -(2 + Math.floor(number / keys)) * HOUR, { count: 1, sum: 1, lastSeen: 1 })
    }
    return EXPIRED
  })
  const start = performance.now()
  const removed = await store.commit(() => windows.expire(0))
  const elapsed = performance.now() - start
  if (removed !== EXPIRED) throw new Error(`${removed} windows were expired, not ${EXPIRED}`)
  return elapsed * 1e6
}

const roundOf = (operations: number, run: (operations: number) => Sum): Round => ({
  operations,
  prepare() {},
  run: () => run(operations),
})

/** The same operation, many times. */
function repeat(operations: number, run: () => Sum | void | Promise<void>): Sum {
  let sum = 0
  for (let i = 0; i < operations; i++) {
    const result = run()
    if (result instanceof Promise) return awaitRest(result, operations - i - 1, run)
    sum += result ?? 0
  }
  return sum
}

/** The same where each has to be awaited; the first one is under way. */
async function awaitRest(first: Promise<number | void>, rest: number, run: () => unknown): Promise<number> {
  let sum = (await first) ?? 0
  for (let i = 0; i < rest; i++) sum += Number((await run()) ?? 0)
  return sum
}
