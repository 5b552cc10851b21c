import { string, u32 } from '../index.js'
import type { Theme } from './bench.js'
import { settled, still } from './expiring-stores.js'

const HOUR = 3_600_000

/** When rows expire that are seen in a view, restored, or taken back. */
export const expiryOfViews: Theme = bench => {
  const { it, expect, through, read, keysOf } = bench

  it('what a transaction took back lives as long as before', async () => {
    const { time, one, numbers } = still(bench)
    const rows = numbers()
    await rows.put(1, 1, { ttl: 100 })
    const store = one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: u32() })
    expect(() =>
      one.transactionSync(() => {
        store.putSync(1, 2)
        store.putSync(2, 2, { ttl: 10 })
        throw new Error('undone')
      }),
    ).toThrow('undone')
    time.now += 99
    expect(await keysOf(rows.all())).toEqual([1])
    time.now += 1
    expect(await keysOf(rows.all())).toEqual([])
  })

  it('a view does not show what has expired since; restore brings times back', async () => {
    const { time, one, numbers } = still(bench)
    const rows = numbers()
    await rows.put(1, 1, { ttl: 100 })
    await rows.put(2, 2)
    const view = rows.snapshot()
    const all = one.snapshot()
    await rows.put(1, 5)
    time.now += 50
    expect(await keysOf(view.all())).toEqual([1, 2])
    time.now += 50
    for (const seen of [view, all.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: u32() })]) {
      expect(seen.getSync(1)).toBeUndefined()
      expect(await keysOf(seen.all())).toEqual([2])
    }
    expect(await rows.get(1)).toBe(5)
    await rows.restore(view)
    expect(await keysOf(rows.all())).toEqual([2])
    view[Symbol.dispose]()
    all[Symbol.dispose]()
  })

  it('rows without a time, restored into a store with a time to live, live so long from the restore on', async () => {
    const { time, one, numbers } = still(bench)
    const before = through(one.createKeyValueStore('before', { keyCodec: u32(), valueCodec: u32() }))
    for (let key = 0; key < 700; key++) await before.put(key, key)
    using timeless = before.snapshot()
    await before.put(3, 3, { ttl: 500 })
    await before.put(4, 4, { ttl: 10 })
    using view = before.snapshot()
    const rows = numbers(100)
    await rows.put(1000, 1)
    for (const [source, left] of [
      [timeless, []],
      [view, [3]],
    ] as const) {
      time.now += 40
      await rows.restore(source)
      time.now += 60
      await rows.put(2, 22)
      expect(await rows.count()).toBe(source === timeless ? 700 : 699)
      time.now += 39
      expect(await rows.get(1)).toBe(1)
      time.now += 1
      expect(await keysOf(rows.all())).toEqual([2, ...left])
    }
    time.now += 300
    expect(await keysOf(rows.all())).toEqual([])
    await settled(bench, () => one.stats().entries === 698)
    expect(await before.count()).toBe(698)
  })

  it('restored from a store with a time to live they expire when they did, or never', async () => {
    const { time, one, numbers } = still(bench)
    const rows = numbers(100)
    await rows.put(1, 1)
    await rows.put(2, 2, { ttl: Infinity })
    using view = rows.snapshot()
    using all = one.snapshot()
    const options = { keyCodec: u32(), valueCodec: u32() }
    time.now += 50
    for (const source of [view, all.createKeyValueStore('rows', { ...options, ttl: 100 }) as typeof view]) {
      await rows.clear()
      await rows.restore(source)
      expect(await keysOf(rows.all())).toEqual([1, 2])
    }
    time.now += 50
    expect(await keysOf(rows.all())).toEqual([2])
    time.now += HOUR
    expect(await keysOf(rows.all())).toEqual([2])
  })

  it('whether rows get a time to live does not depend on how a view of them was opened', async () => {
    const { time, one, numbers } = still(bench)
    const options = { keyCodec: u32(), valueCodec: u32() }
    const rows = numbers(100)
    await rows.put(1, 1)
    await rows.put(2, 2, { ttl: Infinity })
    const plain = through(one.createKeyValueStore('plain', options))
    await plain.put(3, 3)
    using all = one.snapshot()
    await rows.restore(all.createKeyValueStore('rows', options) as ReturnType<typeof rows.snapshot>)
    time.now += HOUR
    expect(await keysOf(rows.all())).toEqual([2])
    const mortal = all.createKeyValueStore('plain', { ...options, ttl: 100 })
    await rows.restore(mortal as ReturnType<typeof rows.snapshot>)
    expect(await keysOf(rows.all())).toEqual([3])
    time.now += 100
    expect(await keysOf(rows.all())).toEqual([])
  })

  it('windows and sessions that are restored into a store with a time to live do the same, and duplicates together', async () => {
    const { time, one } = still(bench)
    const windowed = { keyCodec: string(), valueCodec: u32(), windowSize: 10, retainDuplicates: true }
    const options = { keyCodec: string(), valueCodec: u32() }
    const windows = through(one.createWindowStore('windows', windowed))
    const sessions = through(one.createSessionStore('sessions', options))
    for (const value of [1, 2]) await windows.put('a', value, 0)
    await windows.put('a', 3, 10)
    await sessions.put('a', 1, 0, 5)
    await sessions.put('b', 2, 3, 4)
    using windowsView = windows.snapshot()
    using sessionsView = sessions.snapshot()
    const mortal = through(one.createWindowStore('mortal windows', { ...windowed, ttl: 100 }))
    const mortals = through(one.createSessionStore('mortal sessions', { ...options, ttl: 100 }))
    time.now += 30
    await mortal.restore(windowsView)
    await mortals.restore(sessionsView)
    time.now += 99
    expect([await mortal.count(), await mortals.count()]).toEqual([3, 2])
    time.now += 1
    expect([await read(mortal.all()), await read(mortals.all())]).toEqual([[], []])
    await settled(bench, () => one.stats().entries === 5)
    expect([await windows.count(), await sessions.count()]).toEqual([3, 2])
  })

  it('a restore that is taken back leaves rows and times as they were', async () => {
    const { time, one } = still(bench)
    const options = { keyCodec: u32(), valueCodec: u32() }
    const before = one.createKeyValueStore('before', options)
    for (const key of [1, 2]) before.putSync(key, key)
    using view = before.snapshot()
    const rows = one.createKeyValueStore('rows', { ...options, ttl: 100 })
    rows.putSync(1, 5, { ttl: Infinity })
    expect(() =>
      one.transactionSync(() => {
        ;(rows as unknown as { restoreSync(view: unknown): void }).restoreSync(view)
        throw new Error('undone')
      }),
    ).toThrow('undone')
    time.now += 100
    expect(rows.all().toArray()).toEqual([{ key: 1, value: 5 }])
  })

  it('after a clear that was taken back rows expire when they did', async () => {
    const { time, one } = still(bench)
    const store = one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: u32() })
    store.putSync(1, 1, { ttl: 100 })
    expect(() =>
      one.transactionSync(() => {
        ;(store as unknown as { clearSync(): void }).clearSync()
        throw new Error('undone')
      }),
    ).toThrow('undone')
    expect(store.getSync(1)).toBe(1)
    time.now += 100
    expect(store.getSync(1)).toBeUndefined()
  })

  it('an iteration goes by the times of the moment when it began, whatever is removed or written meanwhile', async () => {
    const { time, numbers } = still(bench)
    const rows = numbers()
    for (const key of [1, 2, 3, 4]) await rows.put(key, key, key % 2 ? {} : { ttl: 100 })
    time.now += 100
    const seen = []
    for (const { key } of rows.all()) {
      if (seen.length === 0) await rows.clear()
      seen.push(key)
    }
    expect(seen).toEqual([1, 3])
    await rows.put(1, 1, { ttl: 100 })
    await rows.put(2, 2)
    const begun = numbers().all()[Symbol.iterator]()
    await rows.put(2, 3, { ttl: 1 })
    time.now += 100
    expect(begun.next().value).toEqual({ key: 2, value: 2 })
    expect(begun.next().done).toBe(true)
  })
}
