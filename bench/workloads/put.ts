import { keyOf } from '../keys.js'
import { START, tallyOf } from '../values.js'
import { defineWorkload, POINT_OPERATIONS, pointRound } from '../workload.js'

/** Writes over entries, a new object each time. */
export const put = defineWorkload({
  values: 'object',
  rounds(store, context) {
    let time = START
    return {
      '': pointRound(context.someKeys, keys => {
        for (const key of keys) store.put(key, { count: 1, sum: 0.5, lastSeen: ++time })
        return time
      }),
    }
  },
})

/** Fills an empty store with keys in no order, some more a round. */
export const insert = defineWorkload({
  values: 'object',
  fills: true,
  rounds(store) {
    let next = 0
    let keys: string[] = []
    return {
      '': {
        operations: POINT_OPERATIONS,
        prepare() {
          keys = Array.from({ length: POINT_OPERATIONS }, (_, i) => keyOf(next + i))
        },
        run() {
          for (const key of keys) store.put(key, tallyOf(next++))
          return next
        },
      },
    }
  },
})
