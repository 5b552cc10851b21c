import { type DiskDriver, type DiskStore, type ValueKind, type Values, weigh } from '../driver.js'
import { peer } from '../peers.js'

/** Of @kafkats/flow and its store on LMDB: what is used here. */
interface Store<V> {
  get(key: string): Promise<V | undefined>
  put(key: string, value: V): Promise<void>
  range(from: string, to: string): AsyncIterable<[string, V]>
  flush(): Promise<void>
}

interface Provider {
  createKeyValueStore<V>(name: string, options: { keyCodec: unknown; valueCodec: unknown }): Store<V>
  close(): Promise<void>
}

const { lmdb } = peer<{ lmdb(options: { stateDir: string; mapSize: number }): Provider }>('@kafkats/flow-state-lmdb')
const { json, string } = peer<Record<'json' | 'string', () => unknown>>('@kafkats/flow')

/** Outside of a topology, with the codecs of the same project. Its default `mapSize` is 1 GiB, too small here. */
export function openKafkats(stateDir: string): { provider: Provider; store: <V>(name: string) => Store<V> } {
  const provider = lmdb({ stateDir, mapSize: 2 ** 36 })
  const options = { keyCodec: string(), valueCodec: json() }
  return { provider, store: name => provider.createKeyValueStore(name, options) }
}

/** Above every key. */
const END = '\x7f'

export const kafkats: DiskDriver = {
  package: '@kafkats/flow-state-lmdb',
  async open<K extends ValueKind>(stateDir: string, kind: K): Promise<DiskStore<Values[K]>> {
    const { provider, store: open } = openKafkats(stateDir)
    const store = open<Values[K]>(kind)
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
