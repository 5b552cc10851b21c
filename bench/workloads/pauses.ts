import { percentile, single } from '../measure.js'
import { START } from '../values.js'
import { defineDiskWorkload } from '../workload.js'
import { BATCH, commitUntil, watch } from './sustained.js'

/** The most puts of which each one's time is kept. */
const MOST = 20_000_000

/** How long single puts hold up the JavaScript thread, while commits and merges of earlier ones go on. */
export const pauses = defineDiskWorkload({
  values: 'object',
  state: 'copied',
  async measure({ open, context, times }) {
    const store = await open()
    const puts = new Float32Array(MOST)
    let count = 0
    let last = 0
    const write = () => {
      for (let i = 0; i < BATCH; i++) {
        const key = context.someKey()
        const value = { count, sum: 0.5, lastSeen: START + count }
        const start = performance.now()
        store.put(key, value)
        last = performance.now()
        puts[count++] = (last - start) * 1e6
      }
    }
    let longestCommit = 0
    const commit = () => {
      const done = store.commit(write)
      longestCommit = Math.max(longestCommit, (performance.now() - last) * 1e6)
      return done
    }
    const { isOver, notes } = watch(store, times.sustained)
    await commitUntil(() => isOver() || count + BATCH > MOST, commit, write)
    await store.close()
    const all = puts.subarray(0, count)
    const figures = {
      '': single(percentile(all, 0.5)),
      'p99.9': single(percentile(all, 0.999)),
      longest: single(percentile(all, 1)),
      'longest call that commits': single(longestCommit),
    }
    return { figures, notes: { puts: count, ...notes() } }
  },
})
