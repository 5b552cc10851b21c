import { string, u32 } from '../index.js'
import type { KeyedWindowEntry, WindowOptions, WindowStore } from '../store/windowed-types.js'
import type { Bench } from './bench.js'

/** How long the windows of the tests are. */
export const SIZE = 10
export const MAX = Number.MAX_SAFE_INTEGER

/** Stores of windows, and what is asked of their rows. */
export function windowStores({ provider, through, read }: Bench) {
  const storeOf = <K, V>(options: Omit<WindowOptions<K, V>, 'windowSize'> & { windowSize?: number }) =>
    through(provider().createWindowStore('windows', { windowSize: SIZE, ...options }))
  const numbered = () => storeOf({ keyCodec: u32(), valueCodec: u32() })
  return {
    storeOf,
    numbered,
    store: (options: Partial<WindowOptions<string, string>> = {}) =>
      storeOf({ keyCodec: string(), valueCodec: string(), ...options }),
    /** The starts of all rows, in their order. */
    startsOf: async (rows: ReturnType<WindowStore<any, any>['fetch']>) =>
      (await read(rows)).map(({ windowStart }) => windowStart),
    keysOf: async <K>(rows: Parameters<typeof read<KeyedWindowEntry<K, any>>>[0]) =>
      (await read(rows)).map(({ key }) => key),
    /** `a@0` and the like. */
    namesOf: async (rows: Parameters<typeof read<KeyedWindowEntry<any, any>>>[0]) =>
      (await read(rows)).map(({ key, windowStart }) => `${key}@${windowStart}`),
    /** 0@0, 1@1, 2@2, 3@2, 4@4, 5@5. */
    six: async () => {
      const rows = numbered()
      for (const [key, start] of [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 2],
        [4, 4],
        [5, 5],
      ] as const) {
        await rows.put(key, key, start)
      }
      return rows
    },
  }
}
