import type { Codec, KeyCodec } from '../codec/codec.js'
import { string } from '../codec/string.js'
import { u32 } from '../codec/u32.js'
import type { StateStoreProvider } from '../provider/types.js'
import type { KeyValueEntry, KeyValueStore, Rows } from '../store/types.js'
import type { Door } from './doors.js'

/** What of a test runner is needed: vitest's and jest's functions, or node:test's with an `expect` of theirs. */
export interface TestRunner {
  describe(name: string, define: () => void): unknown
  it(name: string, test: () => void | Promise<void>): unknown
  afterEach(cleanUp: () => Promise<void>): unknown
  expect(actual: any): any
}

/** Opens an empty provider for a test, which closes it: by this clock, if one is given. */
export type OpenProvider = (options?: { clock?: () => number }) => StateStoreProvider

/** Tests of one theme. */
export type Theme = (bench: Bench) => void

/** What a test of behaviour is given: stores of one provider, to be used through one door. */
export interface Bench extends Pick<TestRunner, 'it' | 'expect'> {
  /** A test for each of some cases. */
  each<T>(cases: readonly T[], name: (one: T) => string, test: (one: T) => void | Promise<void>): void
  /** Expects a call to be refused because of an argument, which the message names. */
  refuses(call: () => unknown, message?: string): Promise<void>
  /** Expects a call to be refused because what it is made on was closed. */
  closes(call: () => unknown): Promise<void>
  /** An empty provider, closed after the test. */
  provider(options?: { clock?: () => number }): StateStoreProvider
  /** A store of u32 keys and string values, in a provider of its own. */
  store(): KeyValueStore<number, string>
  /** The same with other codecs. */
  storeOf<K, V, P = never>(keyCodec: KeyCodec<K, P>, valueCodec: Codec<V>): KeyValueStore<K, V, P>
  through<S extends object>(store: S): S
  /** All rows, in their order. */
  read<T>(rows: Rows<T>): Promise<T[]>
  /** The keys of all rows, in their order. */
  keysOf<K>(rows: Rows<KeyValueEntry<K, unknown>>): Promise<K[]>
}

export function benchOf({ it, expect, afterEach }: TestRunner, open: OpenProvider, { through, read }: Door): Bench {
  const opened: StateStoreProvider[] = []
  const provider = (options?: { clock?: () => number }) => {
    const one = open(options)
    opened.push(one)
    return one
  }
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close()
  })
  const storeOf: Bench['storeOf'] = (keyCodec, valueCodec) =>
    through(provider().createKeyValueStore('rows', { keyCodec, valueCodec }))
  return {
    it,
    expect,
    each(cases, name, test) {
      for (const one of cases) it(name(one), () => test(one))
    },
    async refuses(call, message = '') {
      const seen = await refusal(call)
      expect({ ...seen, isNamed: seen.message?.includes(message) }).toMatchObject({
        call: `${call}`,
        code: 'ERR_MILLPOND_INVALID_ARG',
        isNamed: true,
      })
    },
    async closes(call) {
      const wanted = { call: `${call}`, name: 'MillpondError', code: 'ERR_MILLPOND_CLOSED', retryable: false }
      expect(await refusal(call)).toMatchObject(wanted)
    },
    provider,
    storeOf,
    store: () => storeOf(u32(), string()),
    through,
    read,
    keysOf: async rows => (await read(rows)).map(({ key }) => key),
  }
}

/** What a call throws, or rejects with, beside the call itself, so that a failing test shows both. */
async function refusal(call: () => unknown) {
  try {
    await call()
    return { call: `${call}`, message: 'it was not refused' }
  } catch (error) {
    const { name, code, message, retryable } = error as Error & { code?: string; retryable?: boolean }
    return { call: `${call}`, name, code, message, retryable }
  }
}

/** Puts these keys, each with its own text as its value. */
export async function fill<K>(store: KeyValueStore<K, string, any>, keys: Iterable<K>): Promise<void> {
  for (const key of keys) await store.put(key, `${key}`)
}
