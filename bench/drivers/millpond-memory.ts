import { f64, memory, string, struct } from 'millpond'
import { type Driver, type Store, type Tally, type ValueKind, type Values, weigh } from '../driver.js'

const tally = struct({ count: f64(), sum: f64(), lastSeen: f64() })

export const millpondMemory: Driver = {
  package: 'millpond',
  open: <K extends ValueKind>(kind: K): Store<Values[K]> =>
    (kind === 'object' ? objects() : numbers()) as unknown as Store<Values[K]>,
}

function objects(): Store<Tally> {
  const provider = memory()
  const store = provider.createKeyValueStore('tallies', { keyCodec: string(), valueCodec: tally })
  return {
    get: key => store.getSync(key),
    put: (key, value) => store.putSync(key, value),
    getMany: keys => store.getManySync(keys),
    scan(from, limit) {
      let sum = 0
      for (const { key, value } of store.range(from, undefined, { limit })) sum += weigh(value) + key.length
      return sum
    },
    update(key, change) {
      store.updateSync(key, change)
    },
    observe(key, amount, time) {
      store.updateFieldsSync(key, { count: { add: 1 }, sum: { add: amount }, lastSeen: { max: time } })
    },
    nativeBytes: () => provider.stats().nativeBytes,
    close: () => provider.close(),
  }
}

function numbers(): Store<number> {
  const provider = memory()
  const store = provider.createKeyValueStore('counts', { keyCodec: string(), valueCodec: f64() })
  return {
    get: key => store.getSync(key),
    put: (key, value) => store.putSync(key, value),
    getMany: keys => store.getManySync(keys),
    update(key, change) {
      store.updateSync(key, change)
    },
    add(key, delta) {
      store.addSync(key, delta)
    },
    nativeBytes: () => provider.stats().nativeBytes,
    close: () => provider.close(),
  }
}
