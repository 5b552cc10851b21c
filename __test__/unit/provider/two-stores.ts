import { type KeyValueStore, string, u32 } from '../../../src/index.js'
import { provider } from '../store/stores.js'

export const options = { keyCodec: u32(), valueCodec: string() }

/** A provider with two stores, and what they hold. */
export function opened() {
  const one = provider()
  const [a, b] = ['a', 'b'].map(name => one.createKeyValueStore(name, options)) as [Store, Store]
  for (let key = 0; key < 5; key++) a.putSync(key, `${key}`)
  b.putSync(1, 'of b')
  const held = () => [a, b].map(store => store.all().toArray())
  return { one, a, b, held }
}
export type Opened = ReturnType<typeof opened>
type Store = KeyValueStore<number, string>
