import type { DiskStore, Tally } from '../driver.js'
import { measure } from '../measure.js'
import { type Context, defineDiskWorkload, pointRound, type Rounds } from '../workload.js'
import { kept } from './get.js'
import { scanRound } from './scan.js'

/** What was written earlier, by another process, and is in the page cache. */
const reopened = (rounds: (store: DiskStore<Tally>, context: Context) => Rounds) =>
  defineDiskWorkload({
    values: 'object',
    state: 'shared',
    async measure({ open, context, times }) {
      const store = await open()
      const figures = await measure(rounds(store, context), times.warmUp, times.time)
      await store.close()
      return { figures }
    },
  })

export const getReopened = reopened((store, context) => ({
  '': pointRound(context.someKeys, store.get ? keys => readAll(store, keys) : keys => awaitAll(store, keys)),
}))

function readAll(store: DiskStore<Tally>, keys: readonly string[]): number {
  let sum = 0
  for (const key of keys) {
    const value = store.get!(key)!
    kept.value = value
    sum += value.count
  }
  return sum
}

async function awaitAll(store: DiskStore<Tally>, keys: readonly string[]): Promise<number> {
  let sum = 0
  for (const key of keys) {
    const value = (await store.getAwaited!(key))!
    kept.value = value
    sum += value.count
  }
  return sum
}

export const scanReopened = reopened((store, context) => ({ '': scanRound(store, context) }))
