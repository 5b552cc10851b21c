import { string, struct, u32 } from '../index.js'
import type { Theme } from './bench.js'
import { settled, still } from './expiring-stores.js'

const HOUR = 3_600_000

export const expiry: Theme = bench => {
  const { it, each, expect, refuses, provider, through, read, keysOf } = bench

  it('an expired row is in no read, and is absent for putIfAbsent', async () => {
    const { time, numbers } = still(bench)
    const rows = numbers(100)
    for (const key of [1, 2, 3]) await rows.put(key, key)
    await rows.put(4, 4, { ttl: 1000 })
    await rows.put(5, 5, { ttl: Infinity })
    time.now += 99
    expect(await keysOf(rows.all())).toEqual([1, 2, 3, 4, 5])
    expect(await rows.count()).toBe(5)
    time.now += 1
    expect(await rows.get(1)).toBeUndefined()
    expect(await rows.has(1)).toBe(false)
    expect(await rows.getMany([1, 4, 2, 5])).toEqual([undefined, 4, undefined, 5])
    expect(await rows.getMany(Array(20).fill(1))).toEqual(Array(20).fill(undefined))
    for (const scan of [rows.all(), rows.range(1, 5)]) expect(await keysOf(scan)).toEqual([4, 5])
    expect(await keysOf(rows.all({ reverse: true, limit: 1 }))).toEqual([5])
    expect(await keysOf(rows.all({ limit: 1 }))).toEqual([4])
    expect(await read(rows.keys())).toEqual([4, 5])
    expect(await read(rows.values())).toEqual([4, 5])
    expect(rows.all().first()).toEqual({ key: 4, value: 4 })
    expect(await rows.count()).toBe(2)
    expect(await rows.count(1, 4)).toBe(1)
    expect(await rows.putIfAbsent(1, 10)).toBeUndefined()
    expect(await rows.putIfAbsent(1, 11)).toBe(10)
    time.now += 900
    expect(await keysOf(rows.all())).toEqual([5])
  })

  it('a row of a store without a time to live may have one', async () => {
    const { time, numbers } = still(bench)
    const rows = numbers()
    await rows.put(1, 1)
    await rows.put(2, 2, { ttl: 50 })
    time.now += 50
    expect(await keysOf(rows.all())).toEqual([1])
    await rows.put(2, 3)
    time.now += HOUR
    expect(await rows.get(2)).toBe(3)
    await rows.update(2, n => n! + 1, { ttl: 10 })
    expect(await rows.get(2)).toBe(4)
    time.now += 10
    expect(await rows.get(2)).toBeUndefined()
  })

  it('a write lets a row live anew; without a time of the store it keeps its own when it is changed in place', async () => {
    const { time, one, numbers } = still(bench)
    const rows = numbers(100)
    await rows.put(1, 1)
    time.now += 60
    expect(await rows.add(1, 1)).toBe(2)
    time.now += 60
    expect(await rows.add(1, 1)).toBe(3)
    time.now += 100
    expect(await rows.add(1, 1)).toBe(1)
    const fields = { keyCodec: u32(), valueCodec: struct({ n: u32() }) }
    const structs = through(one.createKeyValueStore('structs', fields))
    await structs.put(1, { n: 1 }, { ttl: 100 })
    time.now += 60
    await structs.updateFields(1, { n: { add: 1 } })
    expect(await structs.get(1)).toEqual({ n: 2 })
    time.now += 40
    expect(await structs.get(1)).toBeUndefined()
    await structs.updateFields(1, { n: { add: 5 } })
    expect(await structs.get(1)).toEqual({ n: 5 })
  })

  it('a deleted row has no time left: put again it lives', async () => {
    const { time, numbers } = still(bench)
    const rows = numbers()
    await rows.put(1, 1, { ttl: 100 })
    await rows.delete(1)
    await rows.put(1, 2)
    await rows.put(2, 1, { ttl: 100 })
    await rows.clear()
    await rows.put(2, 2)
    time.now += HOUR
    expect(await keysOf(rows.all())).toEqual([2])
  })

  it('expired rows are removed in the background, some at a time', async () => {
    const { time, one, numbers } = still(bench)
    const rows = numbers(100)
    for (let key = 0; key < 1500; key++) await rows.put(key, key)
    await rows.put(9999, 1, { ttl: HOUR })
    expect(one.stats().entries).toBe(1501)
    time.now += 100
    await settled(bench, () => one.stats().entries === 1)
    expect(await keysOf(rows.all())).toEqual([9999])
  })

  it('a number that is made by add, and a struct by updateFields, live as long as the store says', async () => {
    const { time, one, numbers } = still(bench)
    const rows = numbers(100)
    await rows.add(1, 1)
    const fields = { keyCodec: u32(), valueCodec: struct({ n: u32() }), ttl: 100 }
    const structs = through(one.createKeyValueStore('structs', fields))
    await structs.updateFields(1, { n: { add: 1 } })
    const windows = { keyCodec: string(), valueCodec: u32(), windowSize: 10, ttl: 100 }
    const windowed = through(one.createWindowStore('windows', windows))
    await windowed.add('a', 0, 1)
    time.now += 100
    expect([await rows.get(1), await structs.get(1), await windowed.get('a', 0)]).toEqual(Array(3).fill(undefined))
  })

  it('duplicates that have expired are not there again with the next one', async () => {
    const { time, one } = still(bench)
    const options = { keyCodec: string(), valueCodec: u32(), windowSize: 10, retainDuplicates: true, ttl: 100 }
    const rows = through(one.createWindowStore('windows', options))
    await rows.put('a', 1, 0)
    time.now += 100
    await rows.put('a', 2, 0)
    expect((await read(rows.fetch('a', 0, 0))).map(({ value }) => value)).toEqual([2])
    expect(await rows.get('a', 0)).toBe(2)
  })

  it('a time of -0 is 0', async () => {
    const { time, one } = still(bench)
    const options = { keyCodec: string(), valueCodec: u32(), windowSize: 10, ttl: 100 }
    const rows = through(one.createWindowStore('windows', options))
    await rows.put('a', 1, -0)
    time.now += 60
    await rows.put('a', 2, 0)
    time.now += 60
    expect(await rows.get('a', 0)).toBe(2)
    time.now += 40
    expect(await rows.get('a', -0)).toBeUndefined()
    const sessions = through(one.createSessionStore('sessions', { keyCodec: string(), valueCodec: u32() }))
    expect(Object.is((await sessions.merge('a', -0, 1, () => 1)).sessionStart, 0)).toBe(true)
  })

  it('a clock that fails or gives no number ends nothing', async () => {
    let now: unknown = 0
    const one = provider({
      clock: () => {
        if (now === undefined) throw new Error('no time')
        return now as number
      },
    })
    const rows = one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: u32() })
    rows.putSync(1, 1, { ttl: 5 })
    now = undefined
    await new Promise(resolve => setTimeout(resolve, 30))
    now = Number.NaN
    await refuses(async () => rows.putSync(2, 2, { ttl: 5 }), 'clock')
    now = 10
    expect(rows.getSync(1)).toBeUndefined()
    await settled(bench, () => one.stats().entries === 0)
  })

  it('windows live as long as the store says after they were written last', async () => {
    const { time, one } = still(bench)
    const options = { keyCodec: string(), valueCodec: u32(), windowSize: 10, ttl: 100 }
    const rows = through(one.createWindowStore('windows', options))
    await rows.put('a', 1, 0)
    await rows.put('b', 1, 0)
    await rows.put('a', 1, 10)
    time.now += 60
    await rows.add('a', 0, 1)
    time.now += 40
    expect(await rows.get('a', 0)).toBe(2)
    expect(await rows.get('a', 10)).toBeUndefined()
    expect((await read(rows.fetch('a', 0, 10))).map(({ windowStart }) => windowStart)).toEqual([0])
    expect((await read(rows.all())).map(({ key }) => key)).toEqual(['a'])
    expect((await read(rows.fetchRange('a', 'b', 0, 9, { limit: 1 }))).map(({ key }) => key)).toEqual(['a'])
    expect(await rows.count()).toBe(1)
    await settled(bench, () => one.stats().entries === 1)
    expect((await read(rows.all())).map(({ key }) => key)).toEqual(['a'])
    expect(await rows.add('a', 10, 7)).toBe(7)
  })

  it('sessions do too, and a merge finds none that has expired', async () => {
    const { time, one } = still(bench)
    const rows = through(one.createSessionStore('sessions', { keyCodec: string(), valueCodec: u32(), ttl: 100 }))
    const count = (found: readonly { value: number }[]) => found.reduce((sum, { value }) => sum + value, 1)
    await rows.merge('a', 0, 10, count)
    time.now += 60
    await rows.merge('a', 5, 10, count)
    await rows.put('b', 1, 0, 1)
    time.now += 40
    expect(await rows.get('a', 0, 5)).toBe(2)
    time.now += 60
    expect(await rows.get('a', 0, 5)).toBeUndefined()
    expect(await read(rows.findSessions('a', -Infinity, Infinity))).toEqual([])
    expect(await rows.merge('a', 7, 10, count)).toEqual({ sessionStart: 7, sessionEnd: 7, value: 1 })
    await settled(bench, () => one.stats().entries === 1)
    expect(await read(rows.all())).toEqual([{ key: 'a', sessionStart: 7, sessionEnd: 7, value: 1 }])
  })

  each(
    [0, -1, 0.5, Number.NaN, '7', null],
    ttl => `a time to live of ${ttl} is refused`,
    async ttl => {
      const { one, numbers } = still(bench)
      const rows = numbers()
      const options = { ttl: ttl as number }
      for (const call of [
        () => rows.put(1, 1, options),
        () => rows.putIfAbsent(1, 1, options),
        () => rows.update(1, () => 1, options),
        async () => one.createKeyValueStore('other', { keyCodec: u32(), valueCodec: u32(), ...options }),
        async () => one.createSessionStore('other', { keyCodec: u32(), valueCodec: u32(), ...options }),
      ]) {
        await refuses(call, 'ttl')
      }
      expect(await rows.count()).toBe(0)
    },
  )

  it('keys of any length expire', async () => {
    const { time, one } = still(bench)
    const rows = through(one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32(), ttl: 100 }))
    const windows = { keyCodec: string(), valueCodec: u32(), windowSize: 10, ttl: 100 }
    const windowed = through(one.createWindowStore('windows', windows))
    for (const key of ['', 'k'.repeat(1900)]) {
      await rows.put(key, 1)
      await windowed.put(key, 1, 0)
    }
    time.now += 100
    expect(await keysOf(rows.all())).toEqual([])
    expect(await read(windowed.all())).toEqual([])
    await settled(bench, () => one.stats().entries === 0)
  })
}
