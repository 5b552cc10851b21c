import { describe, expect, it } from 'vitest'
import { json, string, u32 } from '../../../src/index.js'
import { engine } from '../../engines.js'
import { refused } from '../codec/errors.js'
import { failure, provider } from '../store/stores.js'

const options = { keyCodec: u32(), valueCodec: string() }

function opened(rows = 3) {
  const one = provider()
  const store = one.createKeyValueStore('rows', options)
  for (let key = 0; key < rows; key++) store.putSync(key, `${key}`)
  return { one, store }
}
const texts = (view: { values(): Iterable<string> }) => [...view.values()]

describe('a snapshot of a store', () => {
  it('shows what the store held, by every read, whatever is written later', async () => {
    const { store } = opened(1000)
    const before = Date.now()
    using view = store.snapshot()
    for (let key = 0; key < 2000; key++) store.putSync(key, 'new')
    for (let key = 0; key < 500; key++) store.deleteSync(key)
    expect(view.getSync(7)).toBe('7')
    expect(await view.get(1500)).toBeUndefined()
    expect([view.hasSync(7), await view.has(1500)]).toEqual([true, false])
    expect(view.getManySync([7, 1500])).toEqual(['7', undefined])
    expect(view.getManySync(Array(20).fill(8))).toEqual(Array(20).fill('8'))
    expect(view.range(998, undefined).toArray()).toEqual([
      { key: 998, value: '998' },
      { key: 999, value: '999' },
    ])
    expect(view.keys({ reverse: true, limit: 1 }).toArray()).toEqual([999])
    expect(texts(view)).toEqual(Array.from({ length: 1000 }, (_, key) => `${key}`))
    expect([view.countSync(), await view.count(0, 9), await view.approximateNumEntries()]).toEqual([1000, 10, 1000])
    expect(view.entries).toBe(1000)
    expect(view.sizeBytes).toBe(1000 * 4 + 10 + 90 * 2 + 900 * 3)
    expect(view.timestamp).toBeGreaterThanOrEqual(before)
    expect(view.timestamp).toBeLessThanOrEqual(Date.now())
    expect(view.name).toBe('rows')
    store.putSync(7, 'again')
    await store.clear()
    expect(view.countSync()).toBe(1000)
  })

  it('has nothing that writes', () => {
    using view = opened().store.snapshot()
    for (const name of ['put', 'putSync', 'delete', 'batch', 'clear', 'restore', 'update', 'add', 'putIfAbsent']) {
      expect(name in view).toBe(false)
    }
  })

  it('is closed once disposed, for the loops over it too; twice is fine', () => {
    const { one, store } = opened(1000)
    const view = store.snapshot()
    const scan = view.all()[Symbol.iterator]()
    scan.next()
    view[Symbol.dispose]()
    view[Symbol.dispose]()
    expect(() => view.getSync(1)).toThrow(failure('CLOSED', { store: 'rows' }))
    expect(() => view.all()).toThrow(failure('CLOSED'))
    expect(() => scan.next()).toThrow(failure('CLOSED'))
    expect(one.stats().openIterators).toBe(0)
    expect(store.countSync()).toBe(1000)
  })

  it('is closed with its provider, and can be disposed after', async () => {
    const { one, store } = opened()
    const view = store.snapshot()
    await one.close()
    expect(() => view.getSync(1)).toThrow(failure('CLOSED'))
    expect(() => view.all()).toThrow(failure('CLOSED'))
    view[Symbol.dispose]()
  })

  it('outlives the store object that it was taken from', async () => {
    const { store } = opened()
    using view = store.snapshot()
    await store.close()
    expect(texts(view)).toEqual(['0', '1', '2'])
    expect(() => store.snapshot()).toThrow(failure('CLOSED'))
  })
})

describe('restore', () => {
  it('goes back to the newest snapshot, again and again', async () => {
    const { store } = opened(2000)
    using view = store.snapshot()
    for (let round = 0; round < 3; round++) {
      for (let key = 0; key < 3000; key += 3) store.putSync(key, 'x'.repeat(round * 30_000 * (key === 3 ? 1 : 0) + 1))
      for (let key = 1; key < 3000; key += 3) store.deleteSync(key)
      await store.restore(view)
      expect(store.countSync()).toBe(2000)
      expect(texts(store)).toEqual(texts(view))
    }
  })

  it('goes back to an older one while newer ones live, and all stay what they were', async () => {
    const { store } = opened(2000)
    const views = Array.from({ length: 5 }, (_, round) => {
      const view = store.snapshot()
      for (let key = round; key < 2000; key += 5) store.putSync(key, `round ${round}`)
      return { view, expected: texts(view) }
    })
    for (const { view, expected } of [views[1]!, views[3]!, views[0]!, views[4]!, views[4]!]) {
      await store.restore(view)
      expect(texts(store)).toEqual(expected)
      store.putSync(0, 'written after')
      for (const other of views) expect(texts(other.view)).toEqual(other.expected)
    }
    for (const { view } of views) view[Symbol.dispose]()
    expect(store.countSync()).toBe(2000)
  })

  it('takes a snapshot of another store and of another provider, where the codecs are the same', async () => {
    const [first, second] = [opened(1000), opened(2)]
    using view = first.store.snapshot()
    await second.store.restore(view)
    expect(texts(second.store)).toEqual(texts(first.store))
    second.store.putSync(0, 'changed')
    expect(first.store.getSync(0)).toBe('0')
    await first.one.close()
    expect(second.store.countSync()).toBe(1000)
  })

  it('refuses a snapshot with another codec, and changes nothing', async () => {
    const { one, store } = opened()
    using numbers = one.createKeyValueStore('numbers', { keyCodec: u32(), valueCodec: json() }).snapshot()
    await expect(store.restore(numbers)).rejects.toEqual(failure('STORE_MISMATCH', { store: 'rows' }))
    using keyed = one.createKeyValueStore('keyed', { keyCodec: string(), valueCodec: string() }).snapshot()
    await expect(store.restore(keyed)).rejects.toEqual(failure('STORE_MISMATCH', { store: 'rows' }))
    expect(store.countSync()).toBe(3)
  })

  it('refuses what is no snapshot, and one that was disposed; nothing changes', async () => {
    const { one, store } = opened()
    for (const source of [undefined, null, {}, '', 5, store, one.snapshot()]) {
      await expect(store.restore(source as any)).rejects.toThrow(refused('restore'))
    }
    const view = store.snapshot()
    view[Symbol.dispose]()
    await expect(store.restore(view)).rejects.toEqual(failure('CLOSED'))
    expect(store.countSync()).toBe(3)
  })

  it('does not disturb a loop that began before', async () => {
    const { store } = opened(1000)
    using view = store.snapshot()
    for (let key = 0; key < 1000; key++) store.putSync(key, 'new')
    const seen = []
    for (const value of store.values()) {
      seen.push(value)
      if (seen.length === 1) await store.restore(view)
    }
    expect(seen).toEqual(Array(1000).fill('new'))
    expect(store.getSync(5)).toBe('5')
  })
})

describe('a snapshot of a provider', () => {
  it('shows all stores and the offsets of one instant', async () => {
    const one = provider({ commits: 'manual' })
    const [a, b] = ['a', 'b'].map(name => one.createKeyValueStore(name, options))
    a!.putSync(1, 'of a')
    b!.putSync(1, 'of b')
    await one.commit({ offsets: { orders: 5 } })
    using view = one.snapshot()
    a!.putSync(1, 'later')
    await b!.clear()
    await one.commit({ offsets: { orders: 9n } })
    one.createKeyValueStore('c', options)
    expect(view.createKeyValueStore('a', options).getSync(1)).toBe('of a')
    expect(await view.createKeyValueStore('b', options).get(1)).toBe('of b')
    expect([...view.offsets()]).toEqual([['orders', 5n]])
    expect([view.entries, view.sizeBytes]).toEqual([2, 16])
    expect(view.timestamp).toBeLessThanOrEqual(Date.now())
  })

  it('refuses a store that was not there, another codec, and a bad name', () => {
    const { one } = opened()
    using view = one.snapshot()
    one.createKeyValueStore('later', options)
    expect(() => view.createKeyValueStore('later', options)).toThrow(failure('STORE_MISMATCH', { store: 'later' }))
    const other = { keyCodec: u32(), valueCodec: json() }
    expect(() => view.createKeyValueStore('rows', other)).toThrow(failure('STORE_MISMATCH', { store: 'rows' }))
    expect(() => view.createKeyValueStore('', options)).toThrow(refused('name'))
    expect(() => view.createKeyValueStore('rows', {} as any)).toThrow(refused('keyCodec'))
  })

  it('takes its views with it when it is disposed, and lets each go on its own', () => {
    const { one } = opened()
    const view = one.snapshot()
    const [first, second] = [1, 2].map(() => view.createKeyValueStore('rows', options))
    ;(first as unknown as Disposable)[Symbol.dispose]()
    expect(second!.getSync(1)).toBe('1')
    view[Symbol.dispose]()
    view[Symbol.dispose]()
    expect(() => second!.getSync(1)).toThrow(failure('CLOSED'))
    expect(() => view.createKeyValueStore('rows', options)).toThrow(failure('CLOSED'))
  })

  it('a view of it can be restored from', async () => {
    const { one, store } = opened()
    using view = one.snapshot()
    await store.clear()
    await store.restore(view.createKeyValueStore('rows', options) as any)
    expect(texts(store)).toEqual(['0', '1', '2'])
  })

  it('of a provider that is closed is refused', async () => {
    const one = engine.open()
    await one.close()
    expect(() => one.snapshot()).toThrow(failure('CLOSED'))
  })
})
