import { type Codec, f64, json, lmdb, string, struct } from 'millpond'
import { type DiskDriver, type DiskStore, type ValueKind, type Values, weigh } from '../driver.js'

type Codecs = { readonly [K in ValueKind]: Codec<Values[K]> }

const exact: Codecs = {
  object: struct({ count: f64(), sum: f64(), lastSeen: f64() }),
  number: f64(),
  text: string(),
}
const asJson: Codecs = { object: json(), number: json(), text: json() }

/** As it is by default: every stretch of JavaScript is a batch, on the disk when it is acknowledged. */
const driverOf = (codecs: Codecs): DiskDriver => ({
  package: 'millpond',
  async open<K extends ValueKind>(stateDir: string, kind: K): Promise<DiskStore<Values[K]>> {
    const provider = lmdb({ stateDir })
    // What `add` takes depends on the codec, which is known where it is called.
    const valueCodec = codecs[kind] as Codec<any>
    const store = provider.createKeyValueStore(kind, { keyCodec: string(), valueCodec })
    const commit = (write: () => void) => {
      write()
      return provider.commit()
    }
    return {
      get: key => store.getSync(key),
      scan(from, limit) {
        let sum = 0
        for (const { key, value } of store.range(from, undefined, { limit })) sum += weigh(value) + key.length
        return sum
      },
      put: (key, value) => store.putSync(key, value),
      add(key, delta) {
        store.addSync(key, delta as never)
      },
      commit,
      transact: commit,
      putAwaited: (keys, value) => Promise.all(keys.map(key => store.put(key, value))),
      unmergedBytes: () => provider.stats().overlayBytes,
      close: () => provider.close(),
    }
  },
})

export const millpondLmdb = driverOf(exact)
export const millpondLmdbJson = driverOf(asJson)
