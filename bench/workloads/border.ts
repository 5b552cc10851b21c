import { keyOf } from '../keys.js'
import { defineWorkload, POINT_OPERATIONS, pointRound, type Round } from '../workload.js'

// As seen from out/bench/workloads, where this runs.
const BINDING = new URL('../../../dist/native/binding.js', import.meta.url).href

/** What of the binding is called here. */
interface Native {
  binding: { openProvider(maxBytes: null): number; openStore(provider: number, hashed: boolean): number }
  hot: Record<'nothing' | 'has' | 'get' | 'put', (...args: (number | string)[]) => number>
}

/**
 * What the parts of a call across the border cost, one after the other in one process: a call of native code that does
 * nothing, a string that goes in, a value that comes out, and the typed `get` around it. On a store of one page, so
 * that the search is most of what is left.
 */
export const border = defineWorkload({
  values: 'object',
  async rounds(store, context) {
    const { binding, hot } = ((await import(BINDING)) as { native(): Native }).native()
    const bare = binding.openStore(binding.openProvider(null), false)
    // The value is whatever stands in the shared buffer.
    for (let i = 0; i < context.parameters.keys; i++) hot.put(bare, keyOf(i), 4096, 4096 + 24)
    const nothing: Round = {
      operations: POINT_OPERATIONS,
      prepare() {},
      run() {
        let sum = 0
        for (let i = 0; i < POINT_OPERATIONS; i++) sum += hot.nothing(i)
        return sum
      },
    }
    const onKeys = (pick: (count: number) => string[], operation: (key: string) => number) =>
      pointRound(pick, keys => {
        let sum = 0
        for (const key of keys) sum += operation(key)
        return sum
      })
    return {
      'an empty call': nothing,
      'a key in (has, missing)': onKeys(context.missingKeys, key => hot.has(bare, key)),
      'a key in (has, found)': onKeys(context.someKeys, key => hot.has(bare, key)),
      'a value out (get, 24 bytes)': onKeys(context.someKeys, key => hot.get(bare, key)),
      'decoded (getSync)': onKeys(context.someKeys, key => store.get(key)!.count),
    }
  },
})
