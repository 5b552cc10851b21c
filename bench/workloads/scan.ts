import { type Context, defineWorkload, type Round } from '../workload.js'

/** Entries that a round reads in all. */
const ENTRIES = 12_800

interface Scannable {
  scan(from: string, limit: number): number | Promise<number>
}

/** `size` entries in order from a random key on; the time is that of one entry. */
export function scanRound(store: Scannable, context: Context): Round {
  const { size } = context.parameters
  const scans = ENTRIES / size
  let starts: string[] = []
  return {
    operations: scans * size,
    prepare() {
      starts = context.someKeys(scans)
    },
    run() {
      let sum = 0
      for (let i = 0; i < scans; i++) {
        const result = store.scan(starts[i]!, size)
        if (typeof result !== 'number') return awaitScans(store, starts, size, result)
        sum += result
      }
      return sum
    },
  }
}

/** The same where each has to be awaited; the first one is under way. */
async function awaitScans(store: Scannable, starts: readonly string[], size: number, first: Promise<number>) {
  let sum = await first
  for (let i = 1; i < starts.length; i++) sum += await store.scan(starts[i]!, size)
  return sum
}

export const scan = defineWorkload({
  values: 'object',
  rounds(store, context) {
    if (!store.scan) return undefined
    return { '': scanRound(store as Scannable, context) }
  },
})
