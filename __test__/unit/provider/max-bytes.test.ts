import { describe, expect, it } from 'vitest'
import { bytes, f64, type KeyValueStore, string, u32 } from '../../../src/index.js'
import { engine } from '../../engines.js'
import { failure, provider } from '../store/stores.js'

const LIMIT = 2 ** 20
const full = (store = 'rows') => failure('FULL', { retryable: true, store })
const value = Buffer.alloc(500, 7)

function opened() {
  const one = provider({ maxBytes: LIMIT })
  const store = one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: bytes() })
  return { one, store }
}
type Store = KeyValueStore<number, Uint8Array>

/** Puts until there is no room, and returns the first key that was refused. */
function fillUp(store: Store, from = 0): number {
  for (let key = from; ; key++) {
    try {
      store.putSync(key, value)
    } catch (error) {
      expect(error).toEqual(full(store.name))
      return key
    }
    expect(key).toBeLessThan(10_000)
  }
}

describe.runIf(engine.limitsMemory)('maxBytes', () => {
  it('refuses the put that finds no room, and nothing has changed', async () => {
    const { one, store } = opened()
    const count = fillUp(store)
    expect(count).toBeGreaterThan(1000)
    expect(store.countSync()).toBe(count)
    expect(store.hasSync(count)).toBe(false)
    expect(one.stats().nativeBytes).toBeLessThanOrEqual(LIMIT)
    await expect(store.put(count, value)).rejects.toEqual(full())
    expect(() => store.putIfAbsentSync(count, value)).toThrow(full())
    expect(() => store.updateSync(count, () => value)).toThrow(full())
    expect(store.keys().toArray()).toEqual(Array.from({ length: count }, (_, key) => key))
    for (const one of store.values()) expect(Buffer.compare(one, value)).toBe(0)
  })

  it('refuses a value that is larger than all of it, in place of another too', () => {
    const { store } = opened()
    store.putSync(1, value)
    for (const key of [1, 2]) expect(() => store.putSync(key, Buffer.alloc(LIMIT))).toThrow(full())
    expect(store.all().toArray()).toEqual([{ key: 1, value }])
  })

  it('lets read, overwrite with as many bytes, and delete when it is reached; puts go on after deletes', () => {
    const { store } = opened()
    const count = fillUp(store)
    for (let key = 0; key < count; key++) store.putSync(key, Buffer.alloc(500, 8))
    expect(store.getSync(count - 1)).toEqual(Buffer.alloc(500, 8))
    for (let key = 0; key < count; key++) store.deleteSync(key)
    expect(store.countSync()).toBe(0)
    expect(fillUp(store)).toBeGreaterThan(count * 0.9)
  })

  it('gives room again after clear', async () => {
    const { store } = opened()
    const count = fillUp(store)
    await store.clear()
    expect(fillUp(store)).toBe(count)
  })

  it('is one limit for all stores of a provider, and one for each provider', async () => {
    const { one, store } = opened()
    const other = one.createKeyValueStore('other', { keyCodec: u32(), valueCodec: bytes() })
    const count = fillUp(store)
    expect(fillUp(other)).toBeLessThan(count / 10)
    const second = opened()
    expect(fillUp(second.store)).toBeGreaterThanOrEqual(count)
    await store.clear()
    expect(fillUp(other, 5000)).toBeGreaterThan(5000 + count / 2)
  })

  it('refuses a batch whole', async () => {
    const { store } = opened()
    const count = fillUp(store)
    for (let key = 0; key < 10; key++) store.deleteSync(key)
    const before = store.keys().toArray()
    const put = (key: number) => ({ type: 'put', key, value }) as const
    const batch = Array.from({ length: 100 }, (_, i) => put(count + i))
    await expect(store.batch([{ type: 'delete', key: 20 }, put(0), ...batch])).rejects.toEqual(full())
    expect(store.keys().toArray()).toEqual(before)
    expect(store.getSync(20)).toEqual(value)
  })

  it('lets a transaction that met it be taken back whole', () => {
    const { one, store } = opened()
    fillUp(store)
    const before = store.keys().toArray()
    expect(() =>
      one.transactionSync(() => {
        for (const key of before) store.deleteSync(key)
        for (const key of before) store.putSync(key, Buffer.alloc(500, 9))
        fillUp(store, 100_000)
        store.putSync(200_000, value)
      }),
    ).toThrow(full())
    expect(store.keys().toArray()).toEqual(before)
    for (const one of store.values()) expect(Buffer.compare(one, value)).toBe(0)
  })

  it('takes back a clear in a transaction, though there is no room for both', () => {
    const { one, store } = opened()
    const count = fillUp(store)
    const boom = new Error('boom')
    expect(() =>
      one.transactionSync(() => {
        void store.clear()
        throw boom
      }),
    ).toThrow(boom)
    expect(store.countSync()).toBe(count)
  })

  it('refuses to copy for a snapshot what there is no room for, and goes on once it is disposed', () => {
    const { store } = opened()
    const count = fillUp(store)
    const view = store.snapshot()
    let refusedPuts = 0
    for (let key = 0; key < count; key++) {
      try {
        store.putSync(key, Buffer.alloc(500, 9))
      } catch (error) {
        expect(error).toEqual(full())
        expect(store.getSync(key)).toEqual(value)
        refusedPuts++
      }
    }
    expect(refusedPuts).toBeGreaterThan(0)
    for (const one of view.values()) expect(Buffer.compare(one, value)).toBe(0)
    expect(view.countSync()).toBe(count)
    view[Symbol.dispose]()
    for (let key = 0; key < count; key++) store.putSync(key, Buffer.alloc(500, 10))
    expect(store.getSync(0)).toEqual(Buffer.alloc(500, 10))
  })

  it('lets delete while a snapshot holds everything', () => {
    const { store } = opened()
    const count = fillUp(store)
    using view = store.snapshot()
    for (let key = 0; key < count; key++) store.deleteSync(key)
    expect([store.countSync(), view.countSync()]).toEqual([0, count])
  })

  it('refuses a restore that it has no room for, and nothing has changed', async () => {
    const large = provider().createKeyValueStore('rows', { keyCodec: u32(), valueCodec: bytes() })
    for (let key = 0; key < 5000; key++) large.putSync(key, value)
    using view = large.snapshot()
    const { store } = opened()
    store.putSync(1, value)
    await expect(store.restore(view)).rejects.toEqual(full())
    expect(store.all().toArray()).toEqual([{ key: 1, value }])
  })

  it('refuses add where it would make an entry, and adds to one that is there', () => {
    const one = provider({ maxBytes: LIMIT })
    const numbers = one.createKeyValueStore('numbers', { keyCodec: string(), valueCodec: f64() })
    numbers.putSync('there', 1)
    const rows = one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: bytes() })
    fillUp(rows)
    const refusals = Array.from({ length: 2000 }, (_, i) => {
      try {
        numbers.addSync(`new ${i}`.padEnd(1000), 1)
        return 0
      } catch (error) {
        expect(error).toEqual(full('numbers'))
        return 1
      }
    })
    expect(refusals).toContain(1)
    expect(numbers.addSync('there', 1)).toBe(2)
  })
})

it.runIf(engine.limitsMemory)('a full memory deletes and expires windows and sessions, the latest included', () => {
  const one = provider({ maxBytes: LIMIT })
  const options = { keyCodec: string(), valueCodec: string(), retention: 100 }
  const windows = one.createWindowStore('windows', { ...options, windowSize: 10 })
  const sessions = one.createSessionStore('sessions', options)
  let start = 0
  const fill = () => {
    for (; start < 100_000; start++) {
      windows.putSync('a', 'x'.repeat(100), start)
      sessions.putSync('a', 'x'.repeat(100), start, start)
    }
  }
  expect(fill).toThrow(expect.objectContaining({ code: 'ERR_MILLPOND_FULL' }))
  const latest = windows.streamTime
  windows.deleteSync('a', latest)
  sessions.removeSync('a', sessions.streamTime, sessions.streamTime)
  expect(windows.expireSync(1_000_000)).toBe(latest)
  expect(sessions.expireSync(1_000_000).length).toBeGreaterThan(100)
  expect([windows.countSync(), sessions.countSync(), windows.streamTime]).toEqual([0, 0, latest])
})
