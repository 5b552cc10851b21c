import { afterEach, describe } from 'vitest'
import {
  type Codec,
  type KeyCodec,
  type KeyValueEntry,
  type KeyValueStore,
  type Rows,
  type StateStoreProvider,
  string,
  u32,
} from '../../src/index.js'
import { doors } from './doors.js'
import { engines } from './engines.js'

/** What a test of behaviour is given: stores of one engine, to be used through one door. */
export interface Bench {
  /** An empty provider, closed after the test. */
  provider(): StateStoreProvider
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

/** Runs tests of behaviour on every engine, through each async method and through its Sync twin. */
export function conformance(theme: string, define: (bench: Bench) => void): void {
  for (const engine of engines) {
    for (const { name, through, read } of doors) {
      describe(`${theme}: ${engine.name}, ${name}`, () => {
        const opened: StateStoreProvider[] = []
        const provider = () => {
          const one = engine.open()
          opened.push(one)
          return one
        }
        afterEach(async () => {
          for (const one of opened.splice(0)) await one.close()
        })
        const storeOf: Bench['storeOf'] = (keyCodec, valueCodec) =>
          through(provider().createKeyValueStore('rows', { keyCodec, valueCodec }))
        define({
          provider,
          storeOf,
          store: () => storeOf(u32(), string()),
          through,
          read,
          keysOf: async rows => (await read(rows)).map(({ key }) => key),
        })
      })
    }
  }
}

/** Puts these keys, each with its own text as its value. */
export async function fill<K>(store: KeyValueStore<K, string, any>, keys: Iterable<K>): Promise<void> {
  for (const key of keys) await store.put(key, `${key}`)
}
