import { describe, expect, it, onTestFinished } from 'vitest'
import { HashStore, InMemoryStore, StateSnapshot } from '../../src/index.js'
import { detached, outOfRange, refused } from './codec/errors.js'
import { failure } from './store/stores.js'

const bytes = (...of: number[]) => Uint8Array.from(of)

describe.each([
  ['InMemoryStore', InMemoryStore],
  ['HashStore', HashStore],
] as const)('%s', (_, Store) => {
  /** A store with these one-byte and longer keys, each its own value. */
  function opened(...keys: number[][]) {
    const store = new Store()
    onTestFinished(() => store.close())
    for (const key of keys) store.put(bytes(...key), bytes(...key))
    const keysOf = (rows: Iterable<{ key: Uint8Array }>) => Array.from(rows, ({ key }) => [...key])
    return { store, keysOf }
  }

  describe('get, put, delete and contains', () => {
    it('agree', () => {
      const { store } = opened()
      expect([store.get(bytes(1)), store.contains(bytes(1))]).toEqual([undefined, false])
      store.put(bytes(1), bytes(2))
      store.put(bytes(1), bytes(3, 4))
      expect(store.get(bytes(1))).toEqual(Buffer.of(3, 4))
      expect(store.contains(bytes(1))).toBe(true)
      store.delete(bytes(1))
      store.delete(bytes(9))
      expect([store.get(bytes(1)), store.contains(bytes(1))]).toEqual([undefined, false])
    })

    it('copy what goes in, and hand out the caller’s own', () => {
      const { store } = opened()
      for (const size of [1, 100, 100_000]) {
        const [key, value] = [new Uint8Array(10).fill(1), new Uint8Array(size).fill(2)]
        store.put(key, value)
        key.fill(9)
        value.fill(9)
        const found = store.get(new Uint8Array(10).fill(1))!
        expect(found).toEqual(Buffer.alloc(size, 2))
        found.fill(8)
        expect(store.get(new Uint8Array(10).fill(1))).toEqual(Buffer.alloc(size, 2))
      }
    })

    it('take empty keys and values, and keys up to the limit', () => {
      const { store } = opened()
      store.put(bytes(), bytes())
      expect([store.get(bytes()), store.contains(bytes()), store.len()]).toEqual([Buffer.of(), true, 1])
      store.put(new Uint8Array(1900), bytes(1))
      expect(() => store.put(new Uint8Array(1901), bytes(1))).toThrow(failure('TOO_LARGE'))
      expect(store.len()).toBe(2)
    })

    it('refuse what is no Uint8Array', () => {
      const { store } = opened()
      for (const wrong of ['a', 1, null, undefined, [1], new ArrayBuffer(1), new Uint16Array(1), detached()] as any[]) {
        for (const call of [
          () => store.get(wrong),
          () => store.contains(wrong),
          () => store.delete(wrong),
          () => store.put(wrong, bytes(1)),
          () => store.put(bytes(1), wrong),
          () => store.getOrInsert(wrong, bytes(1)),
          () => store.getOrInsert(bytes(1), wrong),
          () => store.prefixScan(wrong),
          () => store.rangeScan(wrong, bytes(1)),
          () => store.rangeScan(bytes(1), wrong),
          () => store.deleteRange(wrong, bytes(1)),
        ]) {
          expect(call, `${call}`).toThrow(refused())
        }
      }
      expect(store.isEmpty()).toBe(true)
    })
  })

  describe('len, isEmpty, sizeBytes and capacity', () => {
    it('are exact after every kind of write', () => {
      const { store } = opened()
      const sizes = () => [store.len(), store.isEmpty(), store.sizeBytes(), store.capacity()]
      expect(sizes()).toEqual([0, true, 0, 0])
      store.put(bytes(1), bytes(1, 2, 3))
      store.put(bytes(2, 2), bytes())
      expect(sizes()).toEqual([2, false, 6, 2])
      store.put(bytes(1), bytes(1))
      expect(sizes()).toEqual([2, false, 4, 2])
      store.put(bytes(3), new Uint8Array(100_000))
      expect(sizes()).toEqual([3, false, 100_005, 3])
      using view = store.snapshot()
      store.delete(bytes(3))
      store.delete(bytes(3))
      expect(sizes()).toEqual([2, false, 4, 2])
      store.update(bytes(1), () => bytes(7, 7))
      store.getOrInsert(bytes(4), bytes(4))
      expect(sizes()).toEqual([3, false, 7, 3])
      store.deleteRange(bytes(1), bytes(2))
      expect(sizes()).toEqual([2, false, 4, 2])
      store.restore(view)
      expect(sizes()).toEqual([3, false, 100_005, 3])
      store.shrinkToFit()
      store.flush()
      expect(sizes()).toEqual([3, false, 100_005, 3])
      store.clear()
      expect(sizes()).toEqual([0, true, 0, 0])
    })

    it('a capacity is a hint', () => {
      const store = Store.withCapacity(1_000_000)
      expect([store.capacity(), store.isEmpty()]).toEqual([0, true])
      store.close()
    })
  })

  describe('scans', () => {
    it('of a prefix give that prefix alone, in order', () => {
      const { store, keysOf } = opened([1, 255], [1, 255, 0], [2], [255], [255, 255], [0])
      expect(keysOf(store.prefixScan(bytes(1)))).toEqual([
        [1, 255],
        [1, 255, 0],
      ])
      expect(keysOf(store.prefixScan(bytes(255)))).toEqual([[255], [255, 255]])
      expect(keysOf(store.prefixScan(bytes(3)))).toEqual([])
      expect(keysOf(store.prefixScan(bytes()))).toHaveLength(6)
      expect(keysOf(store.prefixScan(bytes(255), { reverse: true, limit: 1 }))).toEqual([[255, 255]])
    })

    it('of a range go from start, inclusive, to end, exclusive', () => {
      const { store, keysOf } = opened([], [1], [1, 0], [2], [3])
      expect(keysOf(store.rangeScan(bytes(1), bytes(3)))).toEqual([[1], [1, 0], [2]])
      expect(keysOf(store.rangeScan(bytes(1), bytes(3), { reverse: true }))).toEqual([[2], [1, 0], [1]])
      expect(keysOf(store.rangeScan(bytes(), bytes(1)))).toEqual([[]])
      expect(keysOf(store.rangeScan(bytes(1), bytes(1)))).toEqual([])
      expect(keysOf(store.rangeScan(bytes(3), bytes(1)))).toEqual([])
      expect(keysOf(store.rangeScan(bytes(9), bytes(255, 255)))).toEqual([])
      expect(() => store.rangeScan(bytes(1), bytes(2), { limit: -1 })).toThrow(outOfRange('limit'))
    })

    it('keep their bounds, whatever becomes of the arrays', () => {
      const { store, keysOf } = opened([1], [2], [3])
      const [start, end] = [bytes(2), bytes(4)]
      const rows = store.rangeScan(start, end)
      start[0] = 1
      structuredClone(end.buffer, { transfer: [end.buffer] })
      expect(keysOf(rows)).toEqual([[2], [3]])
    })
  })

  describe('deleteRange', () => {
    it('removes from start, inclusive, to end, exclusive, and tells how many', () => {
      const { store, keysOf } = opened([1], [1, 0], [2], [3])
      expect(store.deleteRange(bytes(1, 0), bytes(3))).toBe(2)
      expect(keysOf(store.prefixScan(bytes()))).toEqual([[1], [3]])
      expect(store.deleteRange(bytes(3), bytes(1))).toBe(0)
      expect(store.deleteRange(bytes(7), bytes(9))).toBe(0)
      expect(store.len()).toBe(2)
    })

    it('removes thousands, large values among them, and leaves a snapshot', () => {
      const { store } = opened()
      for (let i = 0; i < 5000; i++) store.put(bytes(i >> 8, i & 255), new Uint8Array(i % 1000 ? 10 : 100_000))
      using view = store.snapshot()
      expect(store.deleteRange(bytes(1), bytes(10))).toBe(9 * 256)
      expect([store.len(), view.len()]).toEqual([5000 - 9 * 256, 5000])
      expect(store.deleteRange(bytes(), bytes(255))).toBe(5000 - 9 * 256)
      expect([store.isEmpty(), store.sizeBytes()]).toEqual([true, 0])
    })
  })

  describe('getOrInsert and update', () => {
    it('insert once', () => {
      const { store } = opened()
      expect(store.getOrInsert(bytes(1), bytes(7))).toEqual(bytes(7))
      expect(store.getOrInsert(bytes(1), bytes(8))).toEqual(Buffer.of(7))
      expect(store.len()).toBe(1)
    })

    it('replace, and delete where nothing is returned', () => {
      const { store } = opened([1])
      expect(store.update(bytes(1), now => bytes(now![0]! + 1))).toEqual(bytes(2))
      expect(store.get(bytes(1))).toEqual(Buffer.of(2))
      expect(store.update(bytes(2), now => now ?? bytes(9))).toEqual(bytes(9))
      expect(store.update(bytes(1), () => undefined)).toBeUndefined()
      expect([store.contains(bytes(1)), store.len()]).toEqual([false, 1])
      expect(() =>
        store.update(bytes(2), () => {
          throw new Error('boom')
        }),
      ).toThrow('boom')
      expect(() => store.update(bytes(2), (async () => bytes(1)) as any)).toThrow(refused('promise'))
      expect(store.get(bytes(2))).toEqual(Buffer.of(9))
    })
  })

  describe('snapshot and restore', () => {
    it('give a view that later writes do not show in', () => {
      const { store, keysOf } = opened([1], [2])
      const before = Date.now()
      using view = store.snapshot()
      store.put(bytes(3), bytes(3))
      store.put(bytes(1), bytes(9, 9))
      store.delete(bytes(2))
      expect(view).toBeInstanceOf(StateSnapshot)
      expect([view.len(), view.isEmpty(), view.sizeBytes()]).toEqual([2, false, 4])
      expect([view.get(bytes(1)), view.contains(bytes(2)), view.contains(bytes(3))]).toEqual([
        Buffer.of(1),
        true,
        false,
      ])
      expect(keysOf(view.iter())).toEqual([[1], [2]])
      expect(keysOf(view.iter({ reverse: true }))).toEqual([[2], [1]])
      expect(view.timestamp()).toBeGreaterThanOrEqual(before)
      store.restore(view)
      expect(keysOf(store.prefixScan(bytes()))).toEqual([[1], [2]])
    })

    it('move between stores, and refuse anything else', () => {
      const [first, second] = [opened([1], [2]), opened([7])]
      using view = first.store.snapshot()
      second.store.restore(view)
      expect(second.keysOf(second.store.prefixScan(bytes()))).toEqual([[1], [2]])
      for (const wrong of [undefined, null, {}, first.store]) {
        expect(() => second.store.restore(wrong as any)).toThrow(refused('StateSnapshot'))
      }
      const gone = first.store.snapshot()
      gone[Symbol.dispose]()
      gone[Symbol.dispose]()
      expect(() => second.store.restore(gone)).toThrow(failure('CLOSED'))
      expect(() => gone.get(bytes(1))).toThrow(failure('CLOSED'))
      expect(second.store.len()).toBe(2)
    })
  })

  describe('close', () => {
    it('refuses every call from then on; twice is fine', () => {
      const { store } = opened([1])
      const view = store.snapshot()
      store.close()
      store.close()
      store[Symbol.dispose]()
      for (const call of [
        () => store.get(bytes(1)),
        () => store.put(bytes(1), bytes(1)),
        () => store.delete(bytes(1)),
        () => store.contains(bytes(1)),
        () => store.len(),
        () => store.isEmpty(),
        () => store.sizeBytes(),
        () => store.prefixScan(bytes()),
        () => store.rangeScan(bytes(), bytes(1)),
        () => store.deleteRange(bytes(), bytes(1)),
        () => store.clear(),
        () => store.flush(),
        () => store.capacity(),
        () => store.shrinkToFit(),
        () => store.snapshot(),
        () => store.restore(view),
        () => view.get(bytes(1)),
      ]) {
        expect(call, `${call}`).toThrow(failure('CLOSED'))
      }
      view[Symbol.dispose]()
    })

    it('comes with using', () => {
      let kept: InMemoryStore | HashStore
      {
        using store = new Store()
        store.put(bytes(1), bytes(1))
        kept = store
      }
      expect(() => kept.len()).toThrow(failure('CLOSED'))
    })
  })

  describe('maxBytes', () => {
    it('is its limit, and checked as that of memory()', () => {
      const store = new Store({ maxBytes: 100_000 })
      expect(() => store.put(bytes(1), new Uint8Array(200_000))).toThrow(failure('FULL', { retryable: true }))
      expect(store.isEmpty()).toBe(true)
      store.close()
      expect(() => new Store({ maxBytes: -1 })).toThrow(outOfRange('maxBytes'))
      expect(() => new Store({ max: 1 } as any)).toThrow(refused('"max"'))
    })
  })
})

describe('a snapshot of one engine', () => {
  it.each([
    ['InMemoryStore', 'HashStore', () => new InMemoryStore(), () => new HashStore()],
    ['HashStore', 'InMemoryStore', () => new HashStore(), () => new InMemoryStore()],
  ] as const)('of %s is restored into %s', (_, __, from, to) => {
    using source = from()
    using target = to()
    for (let i = 0; i < 1000; i++) source.put(bytes(i >> 8, i & 255), new Uint8Array(i % 300).fill(i))
    target.put(bytes(9, 9), bytes(1))
    using view = source.snapshot()
    source.clear()
    target.restore(view)
    using restored = target.snapshot()
    expect([restored.len(), restored.sizeBytes()]).toEqual([view.len(), view.sizeBytes()])
    expect(restored.iter().toArray()).toEqual(view.iter().toArray())
    expect(target.get(bytes(1, 44))).toEqual(Buffer.alloc(0))
    expect(target.get(bytes(1, 43))).toEqual(Buffer.alloc(299, 299 & 255))
    expect(target.contains(bytes(9, 9))).toBe(false)
  })
})
