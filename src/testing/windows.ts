import { bytes, i64, json, string, struct, u32 } from '../index.js'
import type { KeyedWindowEntry, WindowOptions, WindowStore } from '../store/windowed-types.js'
import type { Theme } from './bench.js'

const SIZE = 10
const MAX = Number.MAX_SAFE_INTEGER

export const windows: Theme = ({ it, each, expect, refuses, closes, provider, through, read }) => {
  const storeOf = <K, V>(options: Omit<WindowOptions<K, V>, 'windowSize'> & { windowSize?: number }) =>
    through(provider().createWindowStore('windows', { windowSize: SIZE, ...options }))
  const store = (options: Partial<WindowOptions<string, string>> = {}) =>
    storeOf({ keyCodec: string(), valueCodec: string(), ...options })
  const numbered = () => storeOf({ keyCodec: u32(), valueCodec: u32() })

  /** The starts of all rows, in their order. */
  const startsOf = async (rows: ReturnType<WindowStore<any, any>['fetch']>) =>
    (await read(rows)).map(({ windowStart }) => windowStart)
  const keysOf = async <K>(rows: Parameters<typeof read<KeyedWindowEntry<K, any>>>[0]) =>
    (await read(rows)).map(({ key }) => key)
  /** `a@0` and the like. */
  const namesOf = async (rows: Parameters<typeof read<KeyedWindowEntry<any, any>>>[0]) =>
    (await read(rows)).map(({ key, windowStart }) => `${key}@${windowStart}`)

  it('W1 a put is there for its key and start, and for no other', async () => {
    const rows = store()
    expect(await rows.get('a', 0)).toBeUndefined()
    await rows.put('a', 'x', 0)
    expect(await rows.get('a', 0)).toBe('x')
    expect(await rows.get('a', 1)).toBeUndefined()
    expect(await rows.get('b', 0)).toBeUndefined()
  })

  it('W2 fetch is inclusive at both ends, on the start', async () => {
    const rows = store()
    for (const start of [0, 10, 20]) await rows.put('a', 'x', start)
    expect(await startsOf(rows.fetch('a', 5, 15))).toEqual([10])
    expect(await startsOf(rows.fetch('a', 0, 20))).toEqual([0, 10, 20])
    expect(await startsOf(rows.fetch('a', 10, 10))).toEqual([10])
    expect(await startsOf(rows.fetch('a', 11, 19))).toEqual([])
  })

  it('W3 only the start decides, never the overlap', async () => {
    const rows = store()
    await rows.put('a', 'x', 10)
    expect(await startsOf(rows.fetch('a', 12, 15))).toEqual([])
  })

  it('W4 a sliding pair of bounds', async () => {
    const rows = store()
    for (let start = 2; start <= 8; start++) await rows.put('b', 'x', start)
    for (const [from, to, expected] of [
      [-5, 1, []],
      [-1, 2, [2]],
      [-1, 4, [2, 3, 4]],
      [3, 6, [3, 4, 5, 6]],
      [7, 10, [7, 8]],
      [9, 12, []],
    ] as const) {
      expect(await startsOf(rows.fetch('b', from, to))).toEqual(expected)
    }
  })

  it('W5 fetch gives rows by start, whatever the order of the puts; reverse mirrored; the latest with a limit', async () => {
    const rows = store()
    for (const start of [30, 0, 20, 10]) await rows.put('a', `${start}`, start)
    expect(await startsOf(rows.fetch('a', 0, 30))).toEqual([0, 10, 20, 30])
    expect(await startsOf(rows.fetch('a', 0, 30, { reverse: true }))).toEqual([30, 20, 10, 0])
    expect(await startsOf(rows.fetch('a', 0, 30, { reverse: true, limit: 1 }))).toEqual([30])
    expect(rows.fetch('a', 5, 30).first()).toEqual({ windowStart: 10, windowEnd: 20, value: '10' })
  })

  it('W6 each row tells its window', async () => {
    const rows = store()
    await rows.put('a', 'x', 10)
    const row = { windowStart: 10, windowEnd: 20, value: 'x' }
    expect(await read(rows.fetch('a', 0, 20))).toEqual([row])
    for (const all of [rows.fetchAll(0, 20), rows.fetchRange('a', 'a', 0, 20), rows.all()]) {
      expect(await read(all)).toEqual([{ key: 'a', ...row }])
    }
    using view = rows.snapshot()
    await rows.delete('a', 10)
    await rows.restore(view)
    expect(await read(rows.all())).toEqual([{ key: 'a', ...row }])
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

  it('W8 null is a value, if the codec takes it', async () => {
    const rows = storeOf({ keyCodec: string(), valueCodec: json() })
    await rows.put('a', null, 0)
    expect(await rows.get('a', 0)).toBeNull()
    expect(await rows.count()).toBe(1)
    await refuses(() => rows.put('a', undefined, 0), 'value')
  })

  it('W9 all is by time, not by key or by order of the puts', async () => {
    const rows = numbered()
    for (const key of [4, 0, 2, 3, 1]) await rows.put(key, key, key)
    expect(await keysOf(rows.all())).toEqual([0, 1, 2, 3, 4])
    expect(await keysOf(rows.all({ reverse: true }))).toEqual([4, 3, 2, 1, 0])
    await rows.delete(1, 1)
    await rows.delete(3, 3)
    expect(await keysOf(rows.all())).toEqual([0, 2, 4])
  })

  const six = async () => {
    const rows = numbered()
    for (const [key, start] of [
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 2],
      [4, 4],
      [5, 5],
    ] as const) {
      await rows.put(key, key, start)
    }
    return rows
  }

  it('W10 fetchAll is inclusive at both ends, over all keys', async () => {
    const rows = await six()
    expect(await keysOf(rows.fetchAll(1, 4))).toEqual([1, 2, 3, 4])
    expect(await keysOf(rows.fetchAll(0, 3))).toEqual([0, 1, 2, 3])
    expect(await keysOf(rows.fetchAll(0, 3, { reverse: true }))).toEqual([3, 2, 1, 0])
    expect(await read(rows.fetchAll(-Infinity, Infinity))).toEqual(await read(rows.all()))
  })

  it('W11 keys of one start come in their order', async () => {
    const rows = await six()
    expect(await keysOf(rows.fetchAll(2, 2))).toEqual([2, 3])
    expect(await keysOf(rows.fetchAll(2, 2, { reverse: true }))).toEqual([3, 2])
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

  it('W14 fetchRange is inclusive in keys and in times', async () => {
    const rows = await six()
    for (const [keyFrom, keyTo, from, to, expected] of [
      [0, 1, -3, 3, [0, 1]],
      [1, 3, -3, 3, [1, 2, 3]],
      [0, 5, 2, 8, [2, 3, 4, 5]],
      [4, 5, 2, 3, []],
      [0, 3, 3, 8, []],
    ] as const) {
      expect(await keysOf(rows.fetchRange(keyFrom, keyTo, from, to))).toEqual(expected)
    }
  })

  it('W15 fetchRange of one key gives what fetch gives', async () => {
    const rows = store()
    for (const key of ['a', 'aa', 'b']) for (const start of [0, 5, 10]) await rows.put(key, key, start)
    for (const reverse of [false, true]) {
      const ranged = await read(rows.fetchRange('aa', 'aa', 0, 7, { reverse }))
      const fetched = await read(rows.fetch('aa', 0, 7, { reverse }))
      expect(ranged).toEqual(fetched.map(row => ({ key: 'aa', ...row })))
      expect(ranged).toHaveLength(2)
    }
  })

  it('W16 a range of keys comes by start, end and key', async () => {
    const rows = store()
    const names = ['a@0', 'aa@0', 'a@1', 'aa@1', 'a@60000']
    for (const [key, start] of [
      ['a', 60_000],
      ['aa', 1],
      ['a', 0],
      ['aa', 0],
      ['a', 1],
    ] as const) {
      await rows.put(key, 'x', start)
    }
    expect(await namesOf(rows.fetchRange('a', 'aa', 0, 60_000))).toEqual(names)
    expect(await namesOf(rows.fetchRange('a', 'aa', 0, 60_000, { reverse: true }))).toEqual(names.toReversed())
  })

  it('W17 an undefined key end is open', async () => {
    const rows = await six()
    expect(await keysOf(rows.fetchRange(undefined, 2, 0, 9))).toEqual([0, 1, 2])
    expect(await keysOf(rows.fetchRange(2, undefined, 0, 9))).toEqual([2, 3, 4, 5])
    expect(await read(rows.fetchRange(undefined, undefined, 1, 4))).toEqual(await read(rows.fetchAll(1, 4)))
  })

  it('W18 keys the wrong way round give none; signed ones sort', async () => {
    const rows = storeOf({ keyCodec: i64(), valueCodec: string() })
    for (const key of [-1n, 1n]) await rows.put(key, 'x', 0)
    for (const reverse of [false, true]) {
      expect(await read(rows.fetchRange(1n, -1n, 0, 10, { reverse }))).toEqual([])
    }
    expect(await keysOf(rows.fetchRange(-1n, 1n, 0, 10))).toEqual([-1n, 1n])
  })

  it('W19 times the wrong way round, before the first row, or expired give none', async () => {
    const rows = store({ retention: SIZE })
    await rows.put('a', 'x', 5)
    expect(await read(rows.fetch('a', 15, 5))).toEqual([])
    expect(await read(rows.fetchAll(15, 5))).toEqual([])
    expect(await read(rows.fetch('a', -10, 4))).toEqual([])
    expect(await rows.expire(100)).toBe(1)
    expect(await read(rows.fetch('a', 0, 10))).toEqual([])
  })

  it('W20 bounds may lie before time zero and be infinite', async () => {
    const rows = store()
    await rows.put('a', 'x', 0)
    await rows.put('a', 'y', MAX - 10)
    expect(await startsOf(rows.fetch('a', -3, 3))).toEqual([0])
    expect(await startsOf(rows.fetch('a', 0, Infinity))).toEqual([0, MAX - 10])
    expect(await startsOf(rows.fetch('a', -Infinity, Infinity))).toEqual([0, MAX - 10])
    expect(await startsOf(rows.fetch('a', Infinity, -Infinity))).toEqual([])
  })

  it('W21 a negative start is fine and sorts before 0; an empty window too; an end past the safe integers is not', async () => {
    const rows = store()
    for (const start of [0, -10, -MAX]) await rows.put('a', `${start}`, start)
    expect(await startsOf(rows.fetch('a', -Infinity, Infinity))).toEqual([-MAX, -10, 0])
    await rows.put('a', 'empty', 5, 5)
    expect(await rows.get('a', 5, 5)).toBe('empty')
    await refuses(() => rows.put('a', 'x', MAX - 9), 'windowEnd')
    await refuses(() => rows.put('a', 'x', 10, 9), 'windowEnd')
    expect(await rows.count()).toBe(4)
  })

  it('W22 out-of-order puts show in place', async () => {
    const rows = store({ retention: 100 })
    await rows.put('a', 'x', 60)
    await rows.put('a', 'x', 30)
    expect(await startsOf(rows.fetch('a', 0, 100))).toEqual([30, 60])
  })

  it('W23 stream time is the largest start put so far, and never goes back', async () => {
    const rows = store({ retention: 100 })
    expect(rows.streamTime).toBe(-Infinity)
    await rows.put('a', 'x', -20)
    expect(rows.streamTime).toBe(-20)
    await rows.put('a', 'x', 10)
    await rows.put('b', 'x', 5)
    expect(rows.streamTime).toBe(10)
    await rows.delete('a', 10)
    expect(rows.streamTime).toBe(10)
    await rows.expire(1000)
    expect(await rows.count()).toBe(0)
    expect(rows.streamTime).toBe(10)
  })

  it('W23 what a transaction took back did not move the stream time', async () => {
    const one = provider()
    const rows = one.createWindowStore('windows', { keyCodec: string(), valueCodec: string(), windowSize: SIZE })
    rows.putSync('a', 'x', 10)
    const undone = new Error('undone')
    expect(() =>
      one.transactionSync(() => {
        rows.putSync('a', 'y', 500, 700)
        rows.deleteSync('a', 10)
        throw undone
      }),
    ).toThrow(undone)
    expect(rows.streamTime).toBe(10)
    expect(await namesOf(rows.all())).toEqual(['a@10'])
    expect(rows.getSync('a', 10)).toBe('x')
  })

  it('W24 nothing goes before expire', async () => {
    const rows = store({ retention: 10 })
    await rows.put('a', 'x', 0)
    await rows.put('a', 'x', 1000)
    expect(await startsOf(rows.fetch('a', 0, 1000))).toEqual([0, 1000])
  })

  it('W25 a window expires when its end is before now less the retention; equal stays', async () => {
    const rows = store({ retention: 100 })
    await rows.put('a', 'x', 0)
    expect(await rows.expire(110)).toBe(0)
    expect(await rows.count()).toBe(1)
    expect(await rows.expire(111)).toBe(1)
    expect(await rows.count()).toBe(0)
  })

  it('W26 a late put is kept by default, and dropped and counted where the retention is enforced', async () => {
    const kept = store({ retention: 100 })
    await kept.put('a', 'x', 200)
    await kept.put('a', 'x', 0)
    expect(await kept.count()).toBe(2)
    const strict = storeOf({ keyCodec: string(), valueCodec: u32(), retention: 100, enforceRetention: true })
    await strict.put('a', 1, 200)
    await strict.put('a', 1, 89)
    await strict.put('a', 1, 90)
    expect(strict.droppedRecords).toBe(1)
    expect(await strict.add('a', 89, 5)).toBe(5)
    expect(await strict.update('a', 89, () => 7)).toBeUndefined()
    expect(strict.droppedRecords).toBe(3)
    expect(await startsOf(strict.fetch('a', 0, 200))).toEqual([90, 200])
    await refuses(
      () =>
        provider().createWindowStore('w', {
          keyCodec: u32(),
          valueCodec: u32(),
          windowSize: 1,
          enforceRetention: true,
        }),
      'enforceRetention',
    )
  })

  it('W27 expiry step by step', async () => {
    const rows = store({ retention: 100 })
    for (const start of [0, 25, 50, 75, 100]) await rows.put('a', 'x', start)
    expect(await rows.expire(111)).toBe(1)
    expect(await startsOf(rows.fetch('a', 0, 200))).toEqual([25, 50, 75, 100])
    await rows.put('a', 'x', 125)
    expect(await rows.expire(136)).toBe(1)
    expect(await startsOf(rows.fetch('a', 0, 200))).toEqual([50, 75, 100, 125])
    expect(await rows.expire(136)).toBe(0)
    // One that comes late, before what has expired.
    await rows.put('a', 'x', 3)
    expect(await rows.expire(136)).toBe(1)
  })

  it('W27 windows of several lengths expire each by its end', async () => {
    const rows = store({ retention: 10 })
    await rows.put('a', 'long', 0, 1000)
    await rows.put('a', 'usual', 0)
    await rows.put('a', 'short', 5, 6)
    expect(await rows.expire(17)).toBe(1)
    expect(await rows.expire(21)).toBe(1)
    expect(await rows.expire(1010)).toBe(0)
    expect(await rows.expire(1011)).toBe(1)
  })

  it('without a retention expire is refused', async () => {
    const rows = store()
    await rows.put('a', 'x', 0)
    const refused = await (async () => rows.expire(1000))().catch(error => error)
    expect(refused).toMatchObject({ code: 'ERR_MILLPOND_NO_RETENTION', store: 'windows' })
    expect(await rows.count()).toBe(1)
  })

  each(
    [2, 300],
    size => `W28 an open iteration over ${size} windows keeps what expiry removes`,
    async size => {
      const rows = store({ retention: 10 })
      for (let i = 0; i < size; i++) await rows.put('a', 'x', i * 10)
      const seen = []
      for (const { windowStart } of rows.fetch('a', 0, Infinity)) {
        if (seen.length === 0) expect(await rows.expire(MAX)).toBe(size)
        seen.push(windowStart)
      }
      expect(seen).toHaveLength(size)
      expect(await read(rows.fetch('a', 0, Infinity))).toEqual([])
    },
  )

  each(
    [2, 1500],
    size => `W29 puts during an iteration over ${size} windows do not show in it`,
    async size => {
      const rows = store()
      for (let i = 0; i < size; i++) await rows.put(`${i % 7}`, 'x', i * 30)
      let seen = 0
      for (const { value } of rows.all()) {
        if (seen++ === 0) await rows.put('three', 'late', size * 30)
        if (seen === 1) await rows.put(`${(size - 1) % 7}`, 'changed', (size - 1) * 30)
        expect(value).toBe('x')
      }
      expect(seen).toBe(size)
      expect((await read(rows.all())).slice(-2).map(({ value }) => value)).toEqual(['changed', 'late'])
    },
  )

  it('W30 leaving a loop early loses nothing', async () => {
    const one = provider()
    const rows = through(one.createWindowStore('w', { keyCodec: u32(), valueCodec: u32(), windowSize: SIZE }))
    for (let i = 0; i < 700; i++) await rows.put(i, i, i)
    for (const { key } of rows.all()) if (key === 300) break
    for await (const { windowStart } of rows.fetch(5, 0, 9)) if (windowStart === 5) break
    expect(one.stats().openIterators).toBe(0)
    expect(await keysOf(rows.all())).toHaveLength(700)
  })

  it('W31 retainDuplicates keeps all values of a key and a window, in the order of the puts', async () => {
    const rows = store({ retainDuplicates: true })
    const values = ['zero', 'zero', 'zero+', 'zero++']
    for (const value of values) await rows.put('a', value, 0)
    expect((await read(rows.fetch('a', -3, 3))).map(({ value }) => value)).toEqual(values)
    expect((await read(rows.all({ reverse: true }))).map(({ value }) => value)).toEqual(values.toReversed())
    expect(await read(rows.fetch('a', 1, 7))).toEqual([])
    const plain = store()
    for (const value of values) await plain.put('a', value, 0)
    expect((await read(plain.fetch('a', -3, 3))).map(({ value }) => value)).toEqual(['zero++'])
  })

  it('W32 duplicates of several starts', async () => {
    const rows = store({ retainDuplicates: true })
    for (const [value, start] of [
      ['one', 0],
      ['two', 30],
      ['one-2', 0],
      ['two-2', 30],
      ['three', 60],
    ] as const) {
      await rows.put('a', value, start)
    }
    expect((await read(rows.fetch('a', 0, 30))).map(({ value }) => value)).toEqual(['one', 'one-2', 'two', 'two-2'])
  })

  it('W33 of duplicates get finds the first, and delete takes all', async () => {
    const rows = storeOf({ keyCodec: string(), valueCodec: u32(), retainDuplicates: true, retention: 10 })
    for (const value of [1, 2, 3]) await rows.put('a', value, 0)
    await rows.put('b', 4, 0)
    expect(await rows.get('a', 0)).toBe(1)
    await rows.delete('a', 0)
    expect(await rows.get('a', 0)).toBeUndefined()
    expect(await keysOf(rows.all())).toEqual(['b'])
    await rows.put('a', 5, 0)
    expect(await rows.get('a', 0)).toBe(5)
    expect(await rows.expire(100)).toBe(2)
    for (const call of [() => rows.add('a', 0, 1), () => rows.update('a', 0, () => 1)]) {
      await refuses(call, 'retainDuplicates')
    }
  })

  it('W34 the newest wins over what was flushed', async () => {
    const rows = store()
    await rows.put('a', 'x', 0)
    await rows.flush()
    await rows.put('a', 'y', 0)
    await rows.put('a', 'z', 10)
    expect((await read(rows.fetch('a', 0, 0))).map(({ value }) => value)).toEqual(['y'])
    for (const reverse of [false, true]) {
      const expected = reverse ? ['a@10', 'a@0'] : ['a@0', 'a@10']
      expect(await namesOf(rows.fetchRange('a', 'b', 0, 10, { reverse }))).toEqual(expected)
      expect(await namesOf(rows.all({ reverse }))).toEqual(expected)
    }
  })

  it('W35 a store filled across many flushes never shows a row twice', async () => {
    const rows = numbered()
    for (let i = 0; i < 60; i++) {
      await rows.put(i % 5, i, (i * 7) % 60)
      await rows.flush()
      expect(await read(rows.all())).toHaveLength(i + 1)
    }
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
        await refuses(call, 'key')
      }
      if (missing === null) await refuses(async () => rows.fetchRange(key, key, 0, 1), 'keyFrom')
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
        await refuses(call)
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
        async () => rows.fetchRange(1, 2, 1, bound),
      ]) {
        await refuses(call)
      }
    },
  )

  for (const what of ['store', 'provider'] as const) {
    it(`W37 after the ${what} was closed every call is refused, and a loop's next step too`, async () => {
      const one = provider()
      const rows = through(
        one.createWindowStore('w', { keyCodec: u32(), valueCodec: u32(), windowSize: 1, retention: 1 }),
      )
      for (let i = 0; i < 300; i++) await rows.put(1, i, i)
      const scan = rows.fetch(1, 0, 300)[Symbol.iterator]()
      scan.next()
      const closing = what === 'store' ? rows : one
      await closing.close()
      for (const call of [
        () => rows.put(1, 1, 0),
        () => rows.get(1, 0),
        () => rows.delete(1, 0),
        () => rows.update(1, 0, () => 1),
        () => rows.add(1, 0, 1),
        () => rows.expire(0),
        () => rows.count(),
        () => rows.approximateNumEntries(),
        () => rows.clear(),
        () => rows.init(),
        () => rows.flush(),
        async () => rows.streamTime,
        async () => rows.fetch(1, 0, 1),
        async () => rows.fetchAll(0, 1),
        async () => rows.fetchRange(1, 1, 0, 1),
        async () => rows.all(),
        async () => rows.snapshot(),
        async () => scan.next(),
      ]) {
        await closes(call)
      }
      await closing.close()
    })
  }

  it('W38 options: sizes and retentions that are none are refused by name', async () => {
    const one = provider()
    const open = (options: object) => () =>
      one.createWindowStore('w', { keyCodec: u32(), valueCodec: u32(), windowSize: 10, ...options })
    for (const windowSize of [0, -1, 0.5, Number.NaN, Infinity, '10', undefined]) {
      await refuses(open({ windowSize }), 'windowSize')
    }
    for (const retention of [-1, 9, 0.5, Number.NaN, '10']) await refuses(open({ retention }), 'retention')
    await refuses(open({ retainDuplicates: 1 }), 'retainDuplicates')
    await refuses(open({ grace: 1 }), 'grace')
    expect(open({ retention: 10 })().name).toBe('w')
  })

  it('W39 a replay of the same writes changes nothing', async () => {
    const rows = numbered()
    for (let round = 0; round < 2; round++) {
      for (const [key, start] of [
        [1, 0],
        [2, 10],
        [3, 20],
        [4, 20],
      ] as const) {
        await rows.put(key, key, start)
      }
      await rows.delete(4, 20)
    }
    expect(await read(rows.fetchAll(0, 20))).toEqual(
      [1, 2, 3].map(key => ({ key, windowStart: 10 * key - 10, windowEnd: 10 * key, value: key })),
    )
  })

  it('W40 rows of one start and several ends are apart, by end', async () => {
    const rows = store()
    await rows.put('a', 'y', 0, 10)
    await rows.put('a', 'x', 0, 5)
    expect((await read(rows.fetch('a', 0, 0))).map(({ windowEnd, value }) => [windowEnd, value])).toEqual([
      [5, 'x'],
      [10, 'y'],
    ])
    expect(await rows.get('a', 0)).toBe('y')
    expect(await rows.get('a', 0, 5)).toBe('x')
    expect(await rows.get('a', 0, 7)).toBeUndefined()
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

  it('snapshots show windows as they were', async () => {
    const one = provider()
    const options = { keyCodec: string(), valueCodec: u32(), windowSize: SIZE, retention: 10 }
    const rows = one.createWindowStore('w', options)
    rows.putSync('a', 1, 0)
    rows.putSync('b', 2, 5)
    using view = rows.snapshot()
    using all = one.snapshot()
    rows.putSync('a', 9, 0)
    rows.putSync('c', 3, 50)
    rows.expireSync(1000)
    for (const seen of [view, all.createWindowStore('w', options)]) {
      expect(await namesOf(seen.all())).toEqual(['a@0', 'b@5'])
      expect(seen.getSync('a', 0)).toBe(1)
      expect(await startsOf(seen.fetch('b', 0, 9))).toEqual([5])
      expect(seen.streamTime).toBe(5)
      expect(seen.countSync()).toBe(2)
    }
    expect(view.entries).toBe(2)
    await rows.restore(view)
    expect(await namesOf(rows.all())).toEqual(['a@0', 'b@5'])
    expect(rows.streamTime).toBe(5)
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
