import { closeSync, fdatasync, fdatasyncSync, openSync, write, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { DiskStore, Tally } from '../driver.js'
import { measure, percentile, single, summarise } from '../measure.js'
import { START } from '../values.js'
import { defineDiskWorkload, type Measured, type Place } from '../workload.js'

/** As many bytes as a put of 16 bytes of key and three numbers takes in a log, with its frame. */
const RECORD = Buffer.alloc(104, 1)

/** Of one thing, before it is the next one's turn. */
const STRETCH = 20

const tally = (count: number): Tally => ({ count, sum: 0.5, lastSeen: START + count })

/** One put at a time, beside what the disk takes for its bytes: an append and a sync, in this thread and in another. */
export const awaitedPut = defineDiskWorkload({
  values: 'object',
  state: 'copied',
  async measure({ directory, open, context, times }) {
    const store = await open()
    const raw = openSync(join(directory, 'raw-append'), 'a')
    const put = () => store.putAwaited([context.someKey()], tally(1))
    const [appendAwaited, syncAwaited] = [promisify(write), promisify(fdatasync)]
    const ways: Record<string, () => unknown> = {
      '': put,
      'append + fdatasync': () => {
        writeSync(raw, RECORD)
        fdatasyncSync(raw)
      },
      'append + fdatasync, awaited': async () => {
        await appendAwaited(raw, RECORD)
        await syncAwaited(raw)
      },
    }
    await alternate(ways, times.warmUp)
    const all = await alternate(ways, times.time)
    closeSync(raw)
    await store.close()
    const figures = Array.from(all, ([name, each]) => [
      [name, summarise(each)],
      [name === '' ? 'p99' : `${name}, p99`, single(percentile(each, 0.99))],
    ])
    return { figures: Object.fromEntries(figures.flat()), notes: { puts: all.get('')!.length } }
  },
})

/** Nanoseconds of each call, some of each in turn. */
async function alternate(ways: Record<string, () => unknown>, milliseconds: number): Promise<Map<string, number[]>> {
  const times = new Map(Object.keys(ways).map(name => [name, [] as number[]]))
  const end = performance.now() + milliseconds * times.size
  while (performance.now() < end) {
    for (const [name, way] of Object.entries(ways)) {
      for (let i = 0; i < STRETCH; i++) {
        const start = performance.now()
        await way()
        times.get(name)!.push((performance.now() - start) * 1e6)
      }
    }
  }
  return times
}

/** `size` puts, each of them awaited, all at once; the time is that of one. */
export const putsTogether = defineDiskWorkload({
  values: 'object',
  state: 'copied',
  measure: place => durably(place, (store, keys) => store.putAwaited(keys, tally(1))),
})

/** `size` puts in one commit that is awaited; the time is that of one. */
export const commit = defineDiskWorkload({
  values: 'object',
  state: 'copied',
  measure: place =>
    durably(place, (store, keys) => {
      let count = 0
      return store.commit(() => {
        for (const key of keys) store.put(key, tally(++count))
      })
    }),
})

type Write = (store: DiskStore<Tally>, keys: readonly string[]) => Promise<unknown>

async function durably({ open, context, times }: Place<'object'>, write: Write): Promise<Measured> {
  const store = await open()
  const { size } = context.parameters
  let keys: string[] = []
  const round = {
    operations: size,
    prepare() {
      keys = context.someKeys(size)
    },
    run: () => write(store, keys).then(() => size),
  }
  const figures = await measure({ '': round }, times.warmUp, times.time)
  await store.close()
  return { figures }
}
