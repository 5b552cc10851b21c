import { defineWorkload } from '../workload.js'

/** Entries that a round reads in all. */
const ENTRIES = 12_800

/** `size` entries in order from a random key on; the time is that of one entry. */
export const scan = defineWorkload({
  values: 'object',
  rounds(store, context) {
    if (!store.scan) return undefined
    const { size } = context.parameters
    const scans = ENTRIES / size
    let starts: string[] = []
    return {
      '': {
        operations: scans * size,
        prepare() {
          starts = context.someKeys(scans)
        },
        run() {
          let sum = 0
          for (const from of starts) sum += store.scan!(from, size)
          return sum
        },
      },
    }
  },
})
