import { bytes, json, string, struct, u32 } from '../index.js'
import type { Theme } from './bench.js'
import { SIZE, windowStores } from './window-stores.js'

export const windows: Theme = bench => {
  const { it, each, expect, refuses, provider, read } = bench
  const { storeOf, store, numbered, startsOf, keysOf, namesOf } = windowStores(bench)

  it('W1 a put is there for its key and start, and for no other', async () => {
    const rows = store()
    expect(await rows.get('a', 0)).toBeUndefined()
    await rows.put('a', 'x', 0)
    expect(await rows.get('a', 0)).toBe('x')
    expect(await rows.get('a', 1)).toBeUndefined()
    expect(await rows.get('b', 0)).toBeUndefined()
  })

  it('W7 the same key and start again overwrites', async () => {
    const rows = store()
    await rows.put('a', 'v1', 0)
    await rows.put('a', 'v2', 0)
    expect(await read(rows.all())).toEqual([{ key: 'a', windowStart: 0, windowEnd: 10, value: 'v2' }])
    expect(await rows.count()).toBe(1)
  })

  it('W8 delete takes one row alone, from every read', async () => {
    const rows = store()
    for (const [key, start] of [
      ['a', 0],
      ['b', 0],
      ['a', 10],
    ] as const) {
      await rows.put(key, 'x', start)
    }
    await rows.delete('a', 0)
    await rows.delete('never put', 7)
    expect(await rows.get('a', 0)).toBeUndefined()
    expect(await startsOf(rows.fetch('a', 0, 10))).toEqual([10])
    for (const all of [rows.all(), rows.fetchAll(0, 10), rows.fetchRange('a', 'b', 0, 10)]) {
      expect(await namesOf(all)).toEqual(['b@0', 'a@10'])
    }
    expect(await rows.count()).toBe(2)
  })

  it('W8 no index remembers what was deleted', async () => {
    const rows = store({ retention: 10 })
    for (const start of [0, 10, 20]) await rows.put('a', 'x', start)
    await rows.delete('a', 10)
    expect(await startsOf(rows.fetchAll(-Infinity, Infinity))).toEqual([0, 20])
    expect(await rows.expire(1000)).toBe(2)
    expect([await rows.count(), await read(rows.all())]).toEqual([0, []])
    await rows.put('a', 'again', 10)
    expect(await startsOf(rows.all())).toEqual([10])
  })

  it('W8 null is a value, if the codec takes it', async () => {
    const rows = storeOf({ keyCodec: string(), valueCodec: json() })
    await rows.put('a', null, 0)
    expect(await rows.get('a', 0)).toBeNull()
    expect(await rows.count()).toBe(1)
    await refuses(() => rows.put('a', undefined, 0), 'value')
  })

  it('W12 a key is matched whole', async () => {
    const rows = store()
    for (const key of ['a', 'aa']) for (const start of [0, 1]) await rows.put(key, key, start)
    for (const key of ['a', 'aa']) {
      expect((await read(rows.fetch(key, 0, Infinity))).map(({ value }) => value)).toEqual([key, key])
    }
    expect(await read(rows.fetch('', 0, Infinity))).toEqual([])
  })

  it('W13 so too for bytes that look like a longer key or a time', async () => {
    const rows = storeOf({ keyCodec: bytes(), valueCodec: string() })
    const keys = [[0], [0, 0], [0, 0, 0], [10, 143], [10, 143, 159], [], [0, 255], [255]]
    const starts = [0, 1, 59_999]
    for (const key of keys) for (const start of starts) await rows.put(Uint8Array.from(key), `${key}`, start)
    for (const key of keys) {
      const found = await read(rows.fetch(Uint8Array.from(key), 0, Infinity))
      expect(found.map(({ windowStart, value }) => [windowStart, value])).toEqual(starts.map(s => [s, `${key}`]))
    }
  })

  it('thousands of keys that are prefixes of each other, and the empty one, each find their own', async () => {
    const rows = storeOf({ keyCodec: string(), valueCodec: u32() })
    const key = (length: number) => 'k'.repeat(length)
    for (let length = 0; length < 1500; length++) {
      await rows.put(key(length), length, 0)
      await rows.put(key(length), length, -5)
    }
    for (let length = 0; length < 1500; length += 37) {
      expect(await read(rows.fetch(key(length), -Infinity, Infinity))).toEqual([
        { windowStart: -5, windowEnd: 5, value: length },
        { windowStart: 0, windowEnd: 10, value: length },
      ])
    }
    expect(await keysOf(rows.fetchAll(0, 0))).toEqual(Array.from({ length: 1500 }, (_, length) => key(length)))
  })

  each(
    [null, undefined],
    missing => `W36 a key that is ${missing} is refused by every method`,
    async missing => {
      const rows = numbered()
      await rows.put(1, 1, 0)
      const key = missing as unknown as number
      for (const call of [
        () => rows.put(key, 1, 0),
        () => rows.get(key, 0),
        () => rows.delete(key, 0),
        () => rows.update(key, 0, () => 1),
        () => rows.add(key, 0, 1),
        async () => rows.fetch(key, 0, 1),
      ]) {
        await refuses(call, 'key', 'TypeError')
      }
      if (missing === null) {
        await refuses(async () => rows.fetchRange(key, 1, 0, 1), 'keyFrom', 'TypeError')
        await refuses(async () => rows.fetchRange(1, key, 0, 1), 'keyTo', 'TypeError')
      }
      expect(await rows.count()).toBe(1)
    },
  )

  each(
    [Number.NaN, 0.5, Infinity, '7', 2 ** 60, null],
    time => `W36 ${time} is no time of a window`,
    async time => {
      const rows = storeOf({ keyCodec: u32(), valueCodec: u32(), retention: 10 })
      const start = time as number
      for (const call of [
        () => rows.put(1, 1, start),
        () => rows.get(1, start),
        () => rows.delete(1, start),
        () => rows.update(1, start, () => 1),
        () => rows.add(1, start, 1),
        () => rows.put(1, 1, 0, start),
        () => rows.expire(start),
      ]) {
        // Of the right type, and beyond what is exact.
        await refuses(call, '', start === 2 ** 60 ? 'RangeError' : 'TypeError')
      }
      expect(await rows.count()).toBe(0)
    },
  )

  each(
    [Number.NaN, 0.5, '7', undefined],
    time => `W36 ${time} is no bound of a fetch`,
    async time => {
      const rows = numbered()
      const bound = time as number
      for (const call of [
        async () => rows.fetch(1, bound, 1),
        async () => rows.fetch(1, 1, bound),
        async () => rows.fetchAll(bound, 1),
        async () => rows.fetchAll(1, bound),
        async () => rows.fetchRange(1, 2, bound, 1),
        async () => rows.fetchRange(1, 2, 1, bound),
      ]) {
        await refuses(call, '', 'TypeError')
      }
    },
  )

  it('W38 options: sizes and retentions that are none are refused by name', async () => {
    const one = provider()
    const open = (options: object) => () =>
      one.createWindowStore('w', { keyCodec: u32(), valueCodec: u32(), windowSize: 10, ...options })
    for (const windowSize of [0, -1, 0.5, Number.NaN, Infinity, '10', undefined]) {
      await refuses(open({ windowSize }), 'windowSize')
    }
    for (const retention of [-1, 9, 0.5, Number.NaN, '10']) await refuses(open({ retention }), 'retention')
    for (const options of [{ windowSize: -1 }, { retention: -1 }, { retention: 9 }]) {
      await refuses(open(options), Object.keys(options)[0], 'RangeError')
    }
    await refuses(open({ retainDuplicates: 1 }), 'retainDuplicates')
    await refuses(open({ grace: 1 }), 'grace')
    expect(open({ retention: 10 })().name).toBe('w')
  })

  it('W40 rows of one start and several ends are apart, by end', async () => {
    const rows = store()
    await rows.put('a', 'y', 0, 10)
    await rows.put('a', 'x', 0, 5)
    expect((await read(rows.fetch('a', 0, 0))).map(({ windowEnd, value }) => [windowEnd, value])).toEqual([
      [5, 'x'],
      [10, 'y'],
    ])
    for (const all of [rows.all(), rows.fetchAll(0, 0), rows.fetchRange('a', 'a', 0, 0)]) {
      expect((await read(all)).map(({ value }) => value)).toEqual(['x', 'y'])
    }
    expect((await read(rows.fetch('a', 0, 0, { reverse: true }))).map(({ value }) => value)).toEqual(['y', 'x'])
    expect(await rows.get('a', 0)).toBe('y')
    expect(await rows.get('a', 0, 5)).toBe('x')
    expect(await rows.get('a', 0, 7)).toBeUndefined()
    await rows.delete('a', 0)
    expect([await rows.get('a', 0), await rows.get('a', 0, 5)]).toEqual([undefined, 'x'])
  })

  /** Expects a store to be refused because it is something else. */
  const mismatches = async (open: () => unknown) => {
    const refused = await (async () => open())().catch(error => error)
    expect(refused).toMatchObject({ code: 'ERR_MILLPOND_STORE_MISMATCH', store: 'a' })
  }

  it('a store is isolated from others, and opened again is the same', async () => {
    const one = provider()
    const options = { keyCodec: string(), valueCodec: u32(), windowSize: SIZE }
    const [a, b] = [one.createWindowStore('a', options), one.createWindowStore('b', options)]
    a.putSync('k', 1, 0)
    expect(b.getSync('k', 0)).toBeUndefined()
    expect(one.createWindowStore('a', options).getSync('k', 0)).toBe(1)
    for (const other of [
      () => one.createWindowStore('a', { ...options, windowSize: 11 }),
      () => one.createWindowStore('a', { ...options, retainDuplicates: true }),
      () => one.createWindowStore('a', { ...options, keyCodec: u32() as any }),
      () => one.createSessionStore('a', { keyCodec: string(), valueCodec: u32() }),
      () => one.createKeyValueStore('a', { keyCodec: string(), valueCodec: u32() }),
    ]) {
      await mismatches(other)
    }
    expect(one.stats().entries).toBe(1)
  })

  it('add, update and updateFields change a window in place', async () => {
    const counts = storeOf({ keyCodec: string(), valueCodec: u32() })
    expect(await counts.add('a', 0, 2)).toBe(2)
    expect(await counts.add('a', 0, 3)).toBe(5)
    expect(await counts.add('a', 10, 1)).toBe(1)
    expect(await counts.update('a', 0, n => (n ?? 0) * 2)).toBe(10)
    expect(await counts.update('a', 10, () => undefined)).toBeUndefined()
    expect(await read(counts.all())).toEqual([{ key: 'a', windowStart: 0, windowEnd: 10, value: 10 }])
    const totals = storeOf({ keyCodec: string(), valueCodec: struct({ count: u32(), name: string() }) })
    await totals.updateFields('a', 0, { count: { add: 1 } })
    await totals.updateFields('a', 0, { count: { add: 2 }, name: { set: 'b' } })
    expect(await totals.get('a', 0)).toEqual({ count: 3, name: 'b' })
    expect(await startsOf(totals.fetch('a', 0, 0))).toEqual([0])
  })

  it('large values come back from every read', async () => {
    const rows = store()
    const large = 'x'.repeat(200_000)
    await rows.put('a', large, 0)
    await rows.put('a', 'small', 10)
    await rows.put('é', large, 0)
    expect(await rows.get('a', 0)).toBe(large)
    expect((await read(rows.fetch('a', 0, 10))).map(({ value }) => value.length)).toEqual([200_000, 5])
    expect((await read(rows.all())).map(({ key, value }) => [key, value.length])).toEqual([
      ['a', 200_000],
      ['é', 200_000],
      ['a', 5],
    ])
  })

  it('large values of several windows of a long key, and of one that looks like times, each come with their own', async () => {
    const rows = storeOf({ keyCodec: bytes(), valueCodec: bytes() })
    const doubles = new Uint8Array(new Float64Array([20, 30]).buffer)
    const large = (byte: number) => new Uint8Array(100_000).fill(byte)
    for (const key of [doubles, new Uint8Array(900).fill(7)]) {
      for (const [start, byte] of [
        [0, 1],
        [20, 2],
        [1_700_000_000_000, 3],
      ] as const) {
        await rows.put(key, large(byte), start)
      }
      const found = await read(rows.fetch(key, 0, Infinity))
      expect(found.map(({ windowStart, value }) => [windowStart, value.length, value[0]])).toEqual([
        [0, 100_000, 1],
        [20, 100_000, 2],
        [1_700_000_000_000, 100_000, 3],
      ])
    }
  })

  it('keys over their limit, escaped as they are stored, are refused', async () => {
    const rows = storeOf({ keyCodec: bytes(), valueCodec: u32() })
    await rows.put(new Uint8Array(1900).fill(1), 1, 0)
    await rows.put(new Uint8Array(950), 2, 0)
    expect((await read(rows.all())).map(({ key, value }) => [key.length, value])).toEqual([
      [950, 2],
      [1900, 1],
    ])
    for (const key of [new Uint8Array(1901).fill(1), new Uint8Array(951)]) {
      const refused = await (async () => rows.put(key, 3, 0))().catch(error => error)
      expect(refused).toMatchObject({ code: 'ERR_MILLPOND_TOO_LARGE', store: 'windows' })
    }
    expect(await rows.count()).toBe(2)
  })
}
