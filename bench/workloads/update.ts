import { START } from '../values.js'
import { defineWorkload, pointRound } from '../workload.js'

const AMOUNT = 0.5

/** Counts an event: `get`, then `put` of a new object. */
export const readModifyWrite = defineWorkload({
  values: 'object',
  rounds(store, context) {
    let time = START
    return {
      '': pointRound(context.someKeys, keys => {
        for (const key of keys) {
          const { count, sum } = store.get(key)!
          store.put(key, { count: count + 1, sum: sum + AMOUNT, lastSeen: ++time })
        }
        return time
      }),
    }
  },
})

/** The same by `update` with a function. */
export const update = defineWorkload({
  values: 'object',
  rounds(store, context) {
    if (!store.update) return undefined
    let time = START
    return {
      '': pointRound(context.someKeys, keys => {
        for (const key of keys) {
          store.update!(key, current => ({
            count: current!.count + 1,
            sum: current!.sum + AMOUNT,
            lastSeen: ++time,
          }))
        }
        return time
      }),
    }
  },
})

/** The same in the store itself, field by field. */
export const updateFields = defineWorkload({
  values: 'object',
  rounds(store, context) {
    if (!store.observe) return undefined
    let time = START
    return {
      '': pointRound(context.someKeys, keys => {
        for (const key of keys) store.observe!(key, AMOUNT, ++time)
        return time
      }),
    }
  },
})

/** Adds to a number. */
export const add = defineWorkload({
  values: 'number',
  rounds(store, context) {
    if (!store.add) return undefined
    return {
      '': pointRound(context.someKeys, keys => {
        for (const key of keys) store.add!(key, 1)
        return keys.length
      }),
    }
  },
})
