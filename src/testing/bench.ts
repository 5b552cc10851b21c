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

/** What a test asks of a provider that it opens. */
export interface OpenOptions {
  clock?: () => number
  commits?: 'auto' | 'manual'
}

/** Opens an empty provider for a test, which closes it. */
export type OpenProvider = (options?: OpenOptions) => StateStoreProvider

/** Gives what opens a provider again and again, where it finds what it kept the time before; nothing at first. */
export type MakePlace = () => OpenProvider

/** Tests of one theme. */
export type Theme = (bench: Bench) => void

/** What a test of behaviour is given: stores of one provider, to be used through one door. */
export interface Bench extends Pick<TestRunner, 'it' | 'expect'> {
  /** A test for each of some cases. */
  each<T>(cases: readonly T[], name: (one: T) => string, test: (one: T) => void | Promise<void>): void
  /** Expects a call to be refused because of an argument, which the message names; by one of the two errors, or either. */
  refuses(call: () => unknown, message?: string, name?: 'TypeError' | 'RangeError'): Promise<void>
  /** Expects a call to be refused because what it is made on was closed. */
  closes(call: () => unknown): Promise<void>
  /** An empty provider, closed after the test. */
  provider: OpenProvider
  /** Where providers can be opened again, which are closed after the test; for engines that keep what they hold. */
  readonly place: MakePlace | undefined
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

export function benchOf(
  { it, expect, afterEach }: TestRunner,
  open: OpenProvider,
  place: MakePlace | undefined,
  { through, read }: Door,
): Bench {
  const opened: StateStoreProvider[] = []
  const closedAfter =
    (open: OpenProvider): OpenProvider =>
    options => {
      const one = open(options)
      opened.push(one)
      return one
    }
  const provider = closedAfter(open)
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
    async refuses(call, message = '', name) {
      const seen = await refusal(call)
      const isWanted = name ? seen.name === name : ['TypeError', 'RangeError'].includes(seen.name!)
      expect({ ...seen, isWanted, isNamed: seen.message?.includes(message) }).toMatchObject({
        call: `${call}`,
        code: 'ERR_MILLPOND_INVALID_ARG',
        isWanted: true,
        isNamed: true,
      })
    },
    async closes(call) {
      const wanted = { call: `${call}`, name: 'MillpondError', code: 'ERR_MILLPOND_CLOSED', retryable: false }
      expect(await refusal(call)).toMatchObject(wanted)
    },
    provider,
    place: place && (() => closedAfter(place())),
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
