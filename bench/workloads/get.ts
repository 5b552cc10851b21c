import { weigh } from '../driver.js'
import { defineWorkload, POINT_OPERATIONS, pointRound } from '../workload.js'

/** Where every object read is put, as an operator would keep it for a while: it can't be optimised away. */
export const kept: { value: unknown } = { value: undefined }

export const get = defineWorkload({
  values: 'object',
  rounds: (store, context) => ({
    '': pointRound(context.someKeys, keys => {
      let sum = 0
      for (const key of keys) {
        const value = store.get(key)!
        kept.value = value
        sum += value.count
      }
      return sum
    }),
  }),
})

export const getNumber = defineWorkload({
  values: 'number',
  rounds: (store, context) => ({
    '': pointRound(context.someKeys, keys => {
      let sum = 0
      for (const key of keys) sum += store.get(key)!
      return sum
    }),
  }),
})

/** `size` keys a call. */
export const getMany = defineWorkload({
  values: 'object',
  rounds(store, context) {
    if (!store.getMany) return undefined
    const { size } = context.parameters
    let groups: string[][] = []
    const operations = Math.floor(POINT_OPERATIONS / size) * size
    return {
      '': {
        operations,
        prepare() {
          groups = Array.from({ length: operations / size }, () => context.someKeys(size))
        },
        run() {
          let sum = 0
          for (const keys of groups) for (const value of store.getMany!(keys)) sum += weigh(value!)
          return sum
        },
      },
    }
  },
})
