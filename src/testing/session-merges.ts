import { string, u32 } from '../index.js'
import type { Session } from '../store/windowed-types.js'
import type { Theme } from './bench.js'
import { count, sessionStores } from './session-stores.js'

export const sessionMerges: Theme = bench => {
  const { it, expect, refuses, read } = bench
  const { storeOf, counts, timesOf, namesOf } = sessionStores(bench)

  it('S14 merge on an empty key makes a session of one moment', async () => {
    const rows = counts()
    const given: unknown[] = []
    const merged = await rows.merge('a', 0, 300, overlapping => {
      given.push(...overlapping)
      return 7
    })
    expect(merged).toEqual({ sessionStart: 0, sessionEnd: 0, value: 7 })
    expect(given).toEqual([])
    expect(await rows.get('a', 0, 0)).toBe(7)
  })

  for (const [name, gap, times, expected] of [
    ['S15 merge within the gap extends', 1000, [0, 500], [[0, 500, 2]]],
    ['S16 merge of the same time twice', 100, [0, 0], [[0, 0, 2]]],
    ['S17 a distance of exactly the gap merges', 100, [0, 100], [[0, 100, 2]]],
    [
      'S17 one more does not',
      100,
      [0, 101],
      [
        [0, 0, 1],
        [101, 101, 1],
      ],
    ],
    ['S18 a late time in between joins both neighbours', 1000, [0, 1001, 500], [[0, 1001, 3]]],
    ['S18 late ones before and after', 10, [100, 95, 108], [[95, 108, 3]]],
  ] as const) {
    it(name, async () => {
      const rows = counts()
      for (const time of times) await rows.merge('a', time, gap, count)
      const found = await read(rows.findSessions('a', -Infinity, Infinity))
      expect(found.map(({ sessionStart, sessionEnd, value }) => [sessionStart, sessionEnd, value])).toEqual(expected)
      expect(await rows.count()).toBe(expected.length)
    })
  }

  it('S19 what merge took is gone, from every view', async () => {
    const rows = counts()
    await rows.merge('a', 0, 100, count)
    await rows.merge('a', 100, 100, count)
    expect(await rows.get('a', 0, 0)).toBeUndefined()
    expect(await timesOf(rows.findSessions('a', 0, 100))).toEqual([[0, 100]])
    expect(await namesOf(rows.all())).toEqual(['a[0,100]'])
  })

  it('S19 a view has what merge took, or what it made, never both', async () => {
    const rows = counts()
    await rows.merge('a', 0, 100, count)
    using before = rows.snapshot()
    const begun = rows.all()[Symbol.iterator]()
    await rows.merge('a', 100, 100, count)
    using after = rows.snapshot()
    expect(await namesOf(before.all())).toEqual(['a[0,0]'])
    expect(await timesOf(before.findSessions('a', 0, 100))).toEqual([[0, 0]])
    expect([await before.get('a', 0, 0), await before.get('a', 0, 100)]).toEqual([1, undefined])
    expect(await namesOf(after.all())).toEqual(['a[0,100]'])
    expect([await after.get('a', 0, 0), await after.get('a', 0, 100)]).toEqual([undefined, 2])
    expect(begun.next().value).toEqual({ key: 'a', sessionStart: 0, sessionEnd: 0, value: 1 })
    expect(begun.next().done).toBe(true)
  })

  it('S20 a time inside a session leaves its bounds', async () => {
    const rows = counts()
    await rows.put('a', 4, 0, 100)
    expect(await rows.merge('a', 50, 10, count)).toEqual({ sessionStart: 0, sessionEnd: 100, value: 5 })
    expect(await read(rows.all())).toEqual([{ key: 'a', sessionStart: 0, sessionEnd: 100, value: 5 }])
  })

  it('S21 merge touches its own key only', async () => {
    const rows = counts()
    const keys = ['a', 'aa', 'b', '']
    for (const time of [0, 50, 500, 520, 25]) for (const key of keys) await rows.merge(key, time, 60, count)
    for (const key of keys) {
      expect(await read(rows.findSessions(key, -Infinity, Infinity))).toEqual([
        { sessionStart: 0, sessionEnd: 50, value: 3 },
        { sessionStart: 500, sessionEnd: 520, value: 2 },
      ])
    }
  })

  it('S22 merge looks once, from the time given', async () => {
    const rows = counts()
    await rows.put('a', 1, 0, 10)
    await rows.put('a', 1, 15, 18)
    expect(await rows.merge('a', 25, 10, count)).toEqual({ sessionStart: 15, sessionEnd: 25, value: 2 })
    expect(await timesOf(rows.findSessions('a', 0, 100))).toEqual([
      [0, 10],
      [15, 25],
    ])
  })

  it('S23 fn sees what overlaps once each, in order, and if it throws nothing has changed', async () => {
    const rows = counts()
    for (const [start, end] of [
      [40, 50],
      [0, 30],
      [10, 12],
      [500, 600],
    ] as const) {
      await rows.put('a', start, start, end)
    }
    const before = await read(rows.all())
    let given: readonly Session<number>[] = []
    const thrown = new Error('on purpose')
    const merging = async () =>
      rows.merge('a', 35, 10, overlapping => {
        given = overlapping
        throw thrown
      })
    expect(await merging().catch(error => error)).toBe(thrown)
    // [10,12] is 23 away.
    expect(given.map(({ sessionStart }) => sessionStart)).toEqual([0, 40])
    expect(await read(rows.all())).toEqual(before)
    await refuses(() => rows.merge('a', 35, 10, (async () => 1) as any), 'merge')
    await refuses(() => rows.merge('a', 35, 10, 7 as any), 'merge')
    await refuses(() => rows.merge('a', 35, 10, () => undefined as any), 'value')
    expect(await read(rows.all())).toEqual(before)
  })

  it('S23 a function that changes the sessions that it merges is refused; one that writes others is fine', async () => {
    const rows = storeOf({ keyCodec: string(), valueCodec: u32() })
    await rows.put('a', 1, 0, 10)
    await refuses(
      () =>
        rows.merge('a', 15, 10, found => {
          rows.putSync('a', 100, 20, 40)
          return found.length
        }),
      'merge',
    )
    expect(await namesOf(rows.all())).toEqual(['a[0,10]', 'a[20,40]'])
    await rows.remove('a', 20, 40)
    const merged = await rows.merge('a', 15, 10, found => {
      rows.putSync('b', 1, 0, 1)
      return found.length
    })
    expect(merged).toEqual({ sessionStart: 0, sessionEnd: 15, value: 1 })
  })
}
