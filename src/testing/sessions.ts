import { bytes, json, string, u32 } from '../index.js'
import type { Theme } from './bench.js'
import { count, MAX, sessionStores } from './session-stores.js'

export const sessions: Theme = bench => {
  const { it, each, expect, refuses, provider, read } = bench
  const { storeOf, store, counts, timesOf, namesOf, putAll } = sessionStores(bench)

  it('S1 a put is there for its key, start and end, and for no other', async () => {
    const rows = store()
    expect(await rows.get('a', 0, 4)).toBeUndefined()
    await rows.put('a', 'x', 0, 4)
    expect(await rows.get('a', 0, 4)).toBe('x')
    for (const [key, start, end] of [
      ['a', 1, 4],
      ['a', 0, 5],
      ['b', 0, 4],
    ] as const) {
      expect(await rows.get(key, start, end)).toBeUndefined()
    }
  })

  it('S2 findSessions gives what overlaps the bounds', async () => {
    const rows = store()
    await putAll(rows, 'a', [
      [10, 10],
      [500, 1000],
      [1500, 2000],
      [2500, 3000],
    ])
    expect(await timesOf(rows.findSessions('a', 0, 1000))).toEqual([
      [10, 10],
      [500, 1000],
    ])
    expect(await timesOf(rows.findSessions('a', 400, 600))).toEqual([[500, 1000]])
  })

  it('S3 both bounds are inclusive', async () => {
    const rows = store()
    await rows.put('a', 'x', 10, 20)
    for (const [from, to, expected] of [
      [20, 30, 1],
      [0, 10, 1],
      [21, 30, 0],
      [0, 9, 0],
    ] as const) {
      expect(await read(rows.findSessions('a', from, to))).toHaveLength(expected)
    }
  })

  it('S4 neighbours', async () => {
    const rows = store()
    const times = [
      [0, 100],
      [101, 200],
      [201, 300],
      [301, 400],
      [401, 500],
    ] as const
    await putAll(rows, 'a', times)
    expect(await timesOf(rows.findSessions('a', 150, 300))).toEqual(times.slice(1, 3))
    expect(await timesOf(rows.findSessions('a', 100, 101))).toEqual(times.slice(0, 2))
    expect(await timesOf(rows.findSessions('a', 300, 301))).toEqual(times.slice(2, 4))
  })

  it('S5 a long session is found from inside it', async () => {
    const rows = store()
    await putAll(rows, 'a', [
      [0, 1_000_000],
      [5, 6],
      [999_990, 999_991],
    ])
    expect(await timesOf(rows.findSessions('a', 999_999, 999_999))).toEqual([[0, 1_000_000]])
  })

  it('S6 rows come earliest first, whatever the order of the puts; reverse mirrored', async () => {
    const rows = store()
    await putAll(rows, 'a', [
      [20, 25],
      [0, 5],
      [10, 15],
    ])
    const expected = [0, 10, 20].map(start => ({
      sessionStart: start,
      sessionEnd: start + 5,
      value: `${start}-${start + 5}`,
    }))
    expect(await read(rows.findSessions('a', 0, 30))).toEqual(expected)
    expect(await read(rows.findSessions('a', 0, 30, { reverse: true }))).toEqual(expected.toReversed())
    expect(await read(rows.findSessions('a', 0, 30, { limit: 2 }))).toEqual(expected.slice(0, 2))
  })

  it('S7 all sessions of a key', async () => {
    const rows = store()
    const times = [
      [0, 0],
      [10, 10],
      [100, 100],
      [1000, 1000],
    ] as const
    await putAll(rows, 'a', times)
    await rows.put('aa', 'x', 0, 0)
    expect(await timesOf(rows.findSessions('a', -Infinity, Infinity))).toEqual(times)
  })

  it('S8 a key is matched whole', async () => {
    const rows = store()
    for (const key of ['a', 'aa']) {
      await rows.put(key, key, 0, 5)
      await rows.put(key, key, 10, 20)
    }
    for (const key of ['a', 'aa']) {
      expect((await read(rows.findSessions(key, 0, Infinity))).map(({ value }) => value)).toEqual([key, key])
    }
  })

  it('S9 so too for bytes', async () => {
    const rows = storeOf({ keyCodec: bytes(), valueCodec: string() })
    const keys = [[0], [0, 0], [0, 0, 0], [10, 143], [10, 143, 159], [10, 11, 12], [10, 11, 12, 0], [], [0, 255]]
    const times = [
      [-MAX, 100],
      [1, 100],
      [9, 100],
      [5, MAX],
    ] as const
    for (const key of keys) {
      for (const [start, end] of times) await rows.put(Uint8Array.from(key), `${key}`, start, end)
    }
    for (const key of keys) {
      const found = await read(rows.findSessions(Uint8Array.from(key), -Infinity, Infinity))
      expect(found.map(({ value }) => value)).toEqual(Array(4).fill(`${key}`))
      expect(found.map(({ sessionStart }) => sessionStart)).toEqual([-MAX, 1, 5, 9])
    }
  })

  it('thousands of keys that are prefixes of each other, and the empty one, each find their own', async () => {
    const rows = counts()
    const key = (length: number) => 'k'.repeat(length)
    for (let length = 0; length < 1500; length++) await rows.merge(key(length), length, 10, count)
    for (let length = 0; length < 1500; length += 41) {
      const expected = [{ sessionStart: length, sessionEnd: length, value: 1 }]
      expect(await read(rows.findSessions(key(length), -Infinity, Infinity))).toEqual(expected)
    }
    expect(await rows.count()).toBe(1500)
  })

  it('S10 one session is named by all three parts', async () => {
    const rows = store()
    for (const [key, start, end] of [
      ['a', 0, 4],
      ['aa', 0, 3],
      ['aa', 0, 4],
      ['aa', 1, 4],
      ['aaa', 0, 4],
    ] as const) {
      await rows.put(key, `${key}${start}${end}`, start, end)
    }
    expect(await rows.get('aa', 0, 4)).toBe('aa04')
  })

  it('S11 the same key, start and end overwrites', async () => {
    const rows = store()
    await rows.put('a', 'x', 0, 4)
    await rows.put('a', 'y', 0, 4)
    expect((await read(rows.all())).map(({ value }) => value)).toEqual(['y'])
    expect(await rows.count()).toBe(1)
  })

  it('S12 put never merges', async () => {
    const rows = store()
    await putAll(rows, 'a', [
      [0, 10],
      [5, 15],
    ])
    expect(await read(rows.findSessions('a', 6, 6))).toHaveLength(2)
  })

  it('S13 overlapping sessions come by start, then end', async () => {
    const rows = store()
    await putAll(rows, 'a', [
      [10, 20],
      [0, 100],
      [0, 50],
    ])
    expect(await timesOf(rows.findSessions('a', 10, 20))).toEqual([
      [0, 50],
      [0, 100],
      [10, 20],
    ])
  })

  it('S24 remove takes one session and leaves the others', async () => {
    const rows = store()
    await putAll(rows, 'a', [
      [0, 1000],
      [1500, 2500],
    ])
    await rows.put('b', 'x', 0, 1000)
    await rows.remove('a', 0, 1000)
    expect(await rows.get('a', 0, 1000)).toBeUndefined()
    expect(await timesOf(rows.findSessions('a', 0, 3000))).toEqual([[1500, 2500]])
    expect(await rows.get('b', 0, 1000)).toBe('x')
  })

  it('S25 removing what is not there is no error, and remove of a key takes all of it', async () => {
    const rows = store()
    await rows.remove('a', 0, 1)
    await rows.remove('a')
    await putAll(rows, 'a', [
      [0, 1],
      [5, 6],
    ])
    await rows.put('aa', 'x', 0, 1)
    await rows.remove('a', 0, 7)
    expect(await rows.count()).toBe(3)
    await rows.remove('a')
    expect(await namesOf(rows.all())).toEqual(['aa[0,1]'])
    await refuses(() => rows.remove('a', 1), 'sessionEnd')
  })

  it('S26 null is a value, if the codec takes it', async () => {
    const rows = storeOf({ keyCodec: string(), valueCodec: json() })
    await rows.put('a', null, 0, 1)
    expect(await rows.get('a', 0, 1)).toBeNull()
    expect(await rows.count()).toBe(1)
    expect(await rows.merge('a', 2, 5, () => null)).toEqual({ sessionStart: 0, sessionEnd: 2, value: null })
    await rows.remove('a', 0, 2)
    expect([await rows.get('a', 0, 2), await rows.count()]).toEqual([undefined, 0])
    await refuses(() => rows.put('a', undefined, 0, 1), 'value', 'TypeError')
  })

  it('S27 bounds may lie before time zero and be infinite', async () => {
    const rows = store()
    await putAll(rows, 'a', [
      [0, 0],
      [1000, 1000],
    ])
    expect(await read(rows.findSessions('a', -1, 1000))).toHaveLength(2)
    await rows.put('a', 'last', MAX - 10, MAX)
    expect(await read(rows.findSessions('a', 0, Infinity))).toHaveLength(3)
  })

  it('S28 a lower bound above the upper one is no error: the rule holds as written', async () => {
    const rows = store()
    await putAll(rows, 'aa', [
      [0, 10],
      [10, 20],
    ])
    expect(await timesOf(rows.findSessions('aa', 10, 0))).toEqual([[0, 10]])
    expect(await timesOf(rows.findSessions('aa', 11, -1))).toEqual([])
  })

  it('S29 a session may be a single moment and begin before time zero; an end before the start is refused', async () => {
    const rows = store()
    await putAll(rows, 'a', [
      [10, 10],
      [-10, -5],
      [0, 0],
    ])
    expect(await timesOf(rows.findSessions('a', -Infinity, Infinity))).toEqual([
      [-10, -5],
      [0, 0],
      [10, 10],
    ])
    await refuses(() => rows.put('a', 'x', 5, 4), 'sessionEnd', 'RangeError')
    await refuses(() => rows.get('a', 5, 4), 'sessionEnd', 'RangeError')
    await refuses(() => rows.remove('a', 5, 4), 'sessionEnd', 'RangeError')
  })

  it('S30 a range of keys, open at either end, by key, start and end', async () => {
    const rows = store()
    for (const key of ['bbb', 'bb', 'b', 'aaaa', 'aaa', 'aa', 'a']) await rows.put(key, 'x', 0, 0)
    await rows.put('b', 'x', -5, 10)
    const between = ['aa[0,0]', 'aaa[0,0]', 'aaaa[0,0]', 'b[-5,10]', 'b[0,0]', 'bb[0,0]']
    expect(await namesOf(rows.findSessionsRange('aa', 'bb', 0, 0))).toEqual(between)
    expect(await namesOf(rows.findSessionsRange('aa', 'bb', 0, 0, { reverse: true }))).toEqual(between.toReversed())
    expect(await namesOf(rows.findSessionsRange(undefined, 'aa', 0, 0))).toEqual(['a[0,0]', 'aa[0,0]'])
    expect(await namesOf(rows.findSessionsRange('bb', undefined, 0, 0))).toEqual(['bb[0,0]', 'bbb[0,0]'])
    expect(await namesOf(rows.findSessionsRange('bb', 'aa', 0, 0))).toEqual([])
    expect(await namesOf(rows.findSessionsRange(undefined, undefined, 1, 9))).toEqual(['b[-5,10]'])
    for (const reverse of [false, true]) {
      const everyKey = await read(rows.findSessionsRange(undefined, undefined, -Infinity, Infinity, { reverse }))
      expect(everyKey).toEqual(await read(rows.all({ reverse })))
      expect(everyKey).toHaveLength(8)
    }
  })

  it('S31 all gives every session by key, start and end', async () => {
    const rows = store()
    const sessions = [
      ['bb', 1500, 2000],
      ['aa', 10, 10],
      ['a', 0, 0],
      ['b', 1000, 1000],
      ['aaa', 100, 100],
    ] as const
    for (const [key, start, end] of sessions) await rows.put(key, 'x', start, end)
    const names = ['a[0,0]', 'aa[10,10]', 'aaa[100,100]', 'b[1000,1000]', 'bb[1500,2000]']
    expect(await namesOf(rows.all())).toEqual(names)
    expect(await namesOf(rows.all({ reverse: true }))).toEqual(names.toReversed())
    expect((await read(rows.all()))[0]).toEqual({ key: 'a', sessionStart: 0, sessionEnd: 0, value: 'x' })
  })

  each(
    [null, undefined],
    missing => `S38 a key that is ${missing} is refused by every method`,
    async missing => {
      const rows = counts()
      const key = missing as unknown as string
      for (const call of [
        () => rows.put(key, 1, 0, 1),
        () => rows.get(key, 0, 1),
        () => rows.merge(key, 0, 1, count),
        () => rows.remove(key),
        () => rows.remove(key, 0, 1),
        async () => rows.findSessions(key, 0, 1),
      ]) {
        await refuses(call, 'key', 'TypeError')
      }
      if (missing === null) {
        await refuses(async () => rows.findSessionsRange(key, 'a', 0, 1), 'keyFrom', 'TypeError')
        await refuses(async () => rows.findSessionsRange('a', key, 0, 1), 'keyTo', 'TypeError')
      }
      expect(await rows.count()).toBe(0)
    },
  )

  each(
    [Number.NaN, 0.5, Infinity, '7', null],
    time => `S38 ${time} is no time of a session`,
    async time => {
      const rows = counts({ retention: 1 })
      const moment = time as number
      for (const call of [
        () => rows.put('a', 1, moment, 1),
        () => rows.put('a', 1, 0, moment),
        () => rows.get('a', moment, 1),
        () => rows.merge('a', moment, 1, count),
        () => rows.merge('a', 0, moment, count),
        () => rows.remove('a', moment, 1),
        () => rows.expire(moment),
      ]) {
        await refuses(call)
      }
      expect(await rows.count()).toBe(0)
    },
  )

  each(
    [Number.NaN, 0.5, '7', undefined],
    time => `S38 ${time} is no bound of a search`,
    async time => {
      const rows = counts()
      const bound = time as number
      for (const call of [
        async () => rows.findSessions('a', bound, 1),
        async () => rows.findSessions('a', 1, bound),
        async () => rows.findSessionsRange('a', 'b', bound, 1),
        async () => rows.findSessionsRange('a', 'b', 1, bound),
      ]) {
        await refuses(call, '', 'TypeError')
      }
    },
  )

  it('S38 a gap of 0, and a retention or a gap that is negative, are refused', async () => {
    const rows = counts()
    for (const gap of [0, -1]) await refuses(() => rows.merge('a', 0, gap, count), 'gap', 'RangeError')
    const one = provider()
    const open = (options: object) => () =>
      one.createSessionStore('s', { keyCodec: string(), valueCodec: u32(), ...options })
    for (const retention of [-1, Number.NaN, 0.5, Infinity]) {
      await refuses(open({ retention }), 'retention', 'RangeError')
    }
    await refuses(open({ enforceRetention: true }), 'enforceRetention')
    await refuses(open({ windowSize: 1 }), 'windowSize')
  })

  it('large values come back from every read', async () => {
    const rows = store()
    const large = 'x'.repeat(200_000)
    await rows.merge('a', 0, 10, () => large)
    await rows.merge('a', 50, 10, () => 'small')
    expect(await rows.get('a', 0, 0)).toBe(large)
    expect((await read(rows.all())).map(({ value }) => value.length)).toEqual([200_000, 5])
    const merged = await rows.merge('a', 25, 25, found => found.map(({ value }) => value).join())
    expect([merged.value.length, await rows.count()]).toEqual([200_006, 1])
  })
}
