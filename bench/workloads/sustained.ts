import type { DiskStore, ValueKind, Values } from '../driver.js'
import { type Figures, single } from '../measure.js'
import { START } from '../values.js'
import { type Context, defineDiskWorkload, type Measured } from '../workload.js'

/** Operations a commit. */
export const BATCH = 10_000

type Commit = (write: () => void) => Promise<unknown>

/** Commits of batches, at most two at a time, until `isOver` and all of them are durable. Returns how many. */
export async function commitUntil(isOver: () => boolean, commit: Commit, write: () => void): Promise<number> {
  let previous: Promise<unknown> = Promise.resolve()
  let commits = 0
  for (; !isOver(); commits++) {
    const done = commit(write)
    await previous
    previous = done
  }
  await previous
  return commits
}

/** Says when a run has gone on for so long. Counts the merges that end meanwhile, where the store has such. */
export function watch<V>({ unmergedBytes }: DiskStore<V>, milliseconds: number) {
  const start = performance.now()
  let last = 0
  let merges = 0
  const isOver = () => {
    const bytes = unmergedBytes?.() ?? 0
    // It gets less by much when one ends, and never else.
    if (bytes < 0.7 * last) merges++
    last = bytes
    return performance.now() - start > milliseconds
  }
  return { isOver, notes: (): Record<string, number> => (unmergedBytes ? { merges } : {}) }
}

/** Nanoseconds that it takes to make a key: it is done while others write, but is none of theirs. */
function keyCost({ someKey }: Context): number {
  let sum = 0
  const once = () => {
    const start = performance.now()
    for (let i = 0; i < 20 * BATCH; i++) sum += someKey().length
    return ((performance.now() - start) * 1e6) / (20 * BATCH)
  }
  const cost = Math.min(once(), once(), once())
  if (sum === 0) throw new Error('there are no keys')
  return cost
}

interface Loop {
  readonly commit: Commit
  readonly operation: () => void
}

/**
 * Times a loop until all is durable, and on until it is closed: by then all is merged as well, so that no operation owes
 * anything, however many merges there were.
 */
async function sustain<V>(store: DiskStore<V>, { commit, operation }: Loop, making: number, milliseconds: number) {
  const { isOver, notes } = watch(store, milliseconds)
  const start = performance.now()
  const commits = await commitUntil(isOver, commit, () => {
    for (let i = 0; i < BATCH; i++) operation()
  })
  const operations = commits * BATCH
  const since = () => single(((performance.now() - start) * 1e6) / operations - making)
  const durable = since()
  await store.close()
  const figures: Figures = { '': durable, 'until closed': since() }
  return { figures, notes: { operations, ...notes() } } satisfies Measured
}

const sustained = <K extends ValueKind>(
  values: K,
  loop: (store: DiskStore<Values[K]>, context: Context) => Loop | undefined,
) =>
  defineDiskWorkload({
    values,
    state: 'copied',
    async measure({ open, context, times }) {
      const store = await open()
      const what = loop(store, context)
      return what && sustain(store, what, keyCost(context), times.sustained)
    },
  })

export const sustainedPut = sustained('object', (store, { someKey }) => {
  let time = START
  const operation = () => store.put(someKey(), { count: 1, sum: 0.5, lastSeen: ++time })
  return { commit: store.commit, operation }
})

export const sustainedReadModifyWrite = sustained('object', ({ get, put, transact }, { someKey }) => {
  if (!get || !transact) return undefined
  let time = START
  const operation = () => {
    const key = someKey()
    const { count, sum } = get(key)!
    put(key, { count: count + 1, sum: sum + 0.5, lastSeen: ++time })
  }
  return { commit: transact, operation }
})

export const sustainedAdd = sustained('number', ({ add, transact }, { someKey }) => {
  if (!add || !transact) return undefined
  return { commit: transact, operation: () => add(someKey(), 1) }
})

/** What an `add` stands for. */
export const sustainedCount = sustained('number', ({ get, put, transact }, { someKey }) => {
  if (!get || !transact) return undefined
  const operation = () => {
    const key = someKey()
    put(key, get(key)! + 1)
  }
  return { commit: transact, operation }
})
