import { string, u32 } from '../../index.js'
import type { Rows } from '../../store/types.js'
import type { KeyedWindowEntry, WindowEntry, WindowOptions } from '../../store/windowed-types.js'
import type { Bench } from '../bench.js'

export const SIZE = 10
export const MAX = Number.MAX_SAFE_INTEGER

/** What tests of windows are given: stores of windows, and what their rows are called. */
export type WindowBench = ReturnType<typeof windowBench>

export function windowBench(bench: Bench) {
  const { provider, through, read } = bench
  const storeOf = <K, V>(options: Omit<WindowOptions<K, V>, 'windowSize'> & { windowSize?: number }) =>
    through(provider().createWindowStore('windows', { windowSize: SIZE, ...options }))
  return {
    ...bench,
    storeOf,
    store: (options: Partial<WindowOptions<string, string>> = {}) =>
      storeOf({ keyCodec: string(), valueCodec: string(), ...options }),
    numbered: () => storeOf({ keyCodec: u32(), valueCodec: u32() }),
    /** The starts of all rows, in their order. */
    startsOf: async (rows: Rows<WindowEntry<any>>) => (await read(rows)).map(({ windowStart }) => windowStart),
    keysOf: async <K>(rows: Rows<KeyedWindowEntry<K, any>>) => (await read(rows)).map(({ key }) => key),
    /** `a@0` and the like. */
    namesOf: async (rows: Rows<KeyedWindowEntry<any, any>>) =>
      (await read(rows)).map(({ key, windowStart }) => `${key}@${windowStart}`),
  }
}
