import type { Codec, KeyValueStore, SessionStore, StateStoreProvider, WindowStore } from '@kafkats/flow'
import { type DiskDriver, type DiskStore, type ValueKind, type Values, weigh } from '../driver.js'
import { peer } from '../peers.js'

const { lmdb } = peer<{ lmdb(options: { stateDir: string; mapSize: number }): StateStoreProvider }>(
  '@kafkats/flow-state-lmdb',
)
const { json, string } = peer<{ json(): Codec<any>; string(): Codec<string> }>('@kafkats/flow')

/** How long windows and sessions are kept after their end, in milliseconds. */
interface Kept {
  readonly retentionMs: number
}

/** Its stores by the name of one, for keys that are strings. */
export interface Kafkats {
  keyValues<V>(name: string): KeyValueStore<string, V>
  windows<V>(name: string, options: Kept & { readonly windowSizeMs: number }): WindowStore<string, V>
  sessions<V>(name: string, options: Kept): SessionStore<string, V>
  close(): Promise<void>
}

/** Outside of a topology, with the codecs of the same project. Its default `mapSize` is 1 GiB, too small here. */
export function openKafkats(stateDir: string): Kafkats {
  const provider = lmdb({ stateDir, mapSize: 2 ** 36 })
  const codecs = { keyCodec: string(), valueCodec: json() }
  return {
    keyValues: name => provider.createKeyValueStore(name, codecs),
    windows: (name, options) => provider.createWindowStore(name, { ...codecs, ...options }),
    sessions: (name, options) => provider.createSessionStore(name, { ...codecs, ...options }),
    close: () => provider.close(),
  }
}

/** Above every key. */
const END = '\x7f'

export const kafkats: DiskDriver = {
  package: '@kafkats/flow-state-lmdb',
  async open<K extends ValueKind>(stateDir: string, kind: K): Promise<DiskStore<Values[K]>> {
    const provider = openKafkats(stateDir)
    const store = provider.keyValues<Values[K]>(kind)
    let puts: Promise<void>[] = []
    return {
      getAwaited: key => store.get(key),
      async scan(from, limit) {
        let sum = 0
        let rows = 0
        for await (const [key, value] of store.range(from, END)) {
          sum += weigh(value) + key.length
          if (++rows === limit) break
        }
        return sum
      },
      put(key, value) {
        puts.push(store.put(key, value))
      },
      async commit(write) {
        write()
        const done = Promise.all(puts)
        puts = []
        await done
        await store.flush()
      },
      async putAwaited(keys, value) {
        await Promise.all(keys.map(key => store.put(key, value)))
        await store.flush()
      },
      close: () => provider.close(),
    }
  },
}
