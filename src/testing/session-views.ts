import { string, u32 } from '../index.js'
import type { Theme } from './bench.js'
import { count, MAX, sessionStores } from './session-stores.js'

export const sessionViews: Theme = bench => {
  const { it, each, expect, closes, provider, through, read } = bench
  const { store, counts, timesOf, namesOf, putAll } = sessionStores(bench)

  it('S32 a session expires when its end is before now less the retention; equal stays', async () => {
    const rows = store({ retention: 10_000 })
    await rows.put('a', 'x', 0, 0)
    await rows.put('aa', 'x', 0, 10)
    await rows.put('a', 'x', 10, 20)
    expect(await rows.expire(10_000)).toEqual([])
    expect(await rows.expire(10_001)).toEqual([{ key: 'a', sessionStart: 0, sessionEnd: 0 }])
    expect(await rows.count()).toBe(2)
  })

  it('S33 the end decides, not the start', async () => {
    const rows = counts({ retention: 0 })
    await rows.put('aa', 1, 0, 120_000)
    expect(await rows.expire(120_000)).toEqual([])
    await rows.merge('aa', 120_500, 1000, count)
    expect(await rows.expire(120_400)).toEqual([])
    expect(await rows.count()).toBe(1)
  })

  it('S34 expire gives each removed session once', async () => {
    const rows = store({ retention: 10 })
    await putAll(rows, 'a', [
      [0, 5],
      [2, 3],
    ])
    await rows.put('é', 'x', -7, 4)
    await rows.put('b', 'x', 0, 1000)
    const expected = [
      { key: 'a', sessionStart: 2, sessionEnd: 3 },
      { key: 'é', sessionStart: -7, sessionEnd: 4 },
      { key: 'a', sessionStart: 0, sessionEnd: 5 },
    ]
    expect(await rows.expire(100)).toEqual(expected)
    expect(await rows.get('a', 0, 5)).toBeUndefined()
    expect(await read(rows.findSessions('a', -Infinity, Infinity))).toEqual([])
    expect(await rows.expire(100)).toEqual([])
    expect(await namesOf(rows.all())).toEqual(['b[0,1000]'])
  })

  it('S34 without a retention expire is refused', async () => {
    const rows = store()
    const refused = await (async () => rows.expire(1000))().catch(error => error)
    expect(refused).toMatchObject({ code: 'ERR_MILLPOND_NO_RETENTION', store: 'sessions' })
  })

  it('S35 a late put is kept by default, and dropped and counted where the retention is enforced', async () => {
    const kept = store({ retention: 10_000 })
    await kept.put('a', 'x', 0, 120_000)
    await kept.put('b', 'x', 0, 0)
    expect(await kept.count()).toBe(2)
    const strict = counts({ retention: 10_000, enforceRetention: true })
    await strict.put('a', 1, 0, 120_000)
    await strict.put('b', 1, 0, 0)
    await strict.put('b', 1, 0, 109_999)
    await strict.put('b', 1, 0, 110_000)
    expect(await strict.merge('c', 5, 10, count)).toEqual({ sessionStart: 5, sessionEnd: 5, value: 1 })
    expect(strict.droppedRecords).toBe(3)
    expect(await namesOf(strict.all())).toEqual(['a[0,120000]', 'b[0,110000]'])
    // A late moment of a session that is not.
    await strict.merge('a', 5, 10, count)
    expect(await strict.get('a', 0, 120_000)).toBe(2)
  })

  each(
    [2, 400],
    size => `S36 an open iteration over ${size} sessions keeps what expiry removes`,
    async size => {
      const rows = store({ retention: 10 })
      for (let i = 0; i < size; i++) await rows.put('a', 'x', i * 10, i * 10 + 5)
      let seen = 0
      for (const { sessionStart } of rows.findSessions('a', 0, Infinity)) {
        if (seen === 0) {
          expect(await rows.expire(MAX)).toHaveLength(size)
          await rows.put('a', 'late', 3, size * 10)
        }
        expect(sessionStart).toBe(10 * seen++)
      }
      expect(seen).toBe(size)
      expect(await timesOf(rows.findSessions('a', 0, Infinity))).toEqual([[3, size * 10]])
    },
  )

  it('S36 an iteration sees the moment when it began, before its first row as well', async () => {
    const rows = store({ retention: 10 })
    const large = 'large '.repeat(20_000)
    await rows.put('a', 'one', 0, 0)
    await rows.put('a', large, 10, 20)
    const begun = [rows.findSessions('a', 0, 20), rows.all(), rows.findSessions('a', 5, 20)]
    const scans = begun.map(scan => scan[Symbol.iterator]())
    await rows.put('a', 'late', 5, 15)
    expect(await rows.expire(1000)).toHaveLength(3)
    const expected = [['one', large], ['one', large], [large]]
    for (const [i, scan] of scans.entries()) {
      for (const value of expected[i]!) expect(scan.next().value).toMatchObject({ value })
      expect(scan.next()).toEqual({ done: true, value: undefined })
    }
    for (const scan of begun) expect(await read<unknown>(scan)).toEqual([])
  })

  it('S37 flushed and unflushed sessions are read as one order', async () => {
    const rows = store()
    const times = [0, 10, 20, 30, 40].map(time => [time, time] as const)
    await putAll(rows, 'a', times.slice(0, 3))
    await rows.flush()
    await putAll(rows, 'a', times.slice(3))
    expect(await timesOf(rows.findSessions('a', 0, 40))).toEqual(times)
    expect(await timesOf(rows.findSessions('a', 0, 40, { reverse: true }))).toEqual(times.toReversed())
    const names = times.map(([start, end]) => `a[${start},${end}]`)
    for (const reverse of [false, true]) {
      expect(await namesOf(rows.all({ reverse }))).toEqual(reverse ? names.toReversed() : names)
    }
    await rows.remove('a', 10, 10)
    expect(await timesOf(rows.findSessions('a', 0, 40))).toEqual(times.filter(([start]) => start !== 10))
    expect([await rows.get('a', 10, 10), await rows.count()]).toEqual([undefined, 4])
    await rows.flush()
    expect(await read(rows.findSessions('a', 0, 40))).toHaveLength(4)
  })

  for (const what of ['store', 'provider'] as const) {
    it(`S39 after the ${what} was closed every call is refused, and a loop's next step too`, async () => {
      const one = provider()
      const options = { keyCodec: string(), valueCodec: u32(), retention: 1 }
      const rows = through(one.createSessionStore('s', options))
      await rows.put('a', 1, 0, 1)
      await rows.put('a', 1, 2, 3)
      const scan = rows.all()[Symbol.iterator]()
      const scanAsync = rows.findSessions('a', 0, 9)[Symbol.asyncIterator]()
      scan.next()
      await scanAsync.next()
      const closing = what === 'store' ? rows : one
      await closing.close()
      for (const call of [
        () => rows.put('a', 1, 0, 1),
        () => rows.get('a', 0, 1),
        () => rows.merge('a', 0, 1, count),
        () => rows.remove('a'),
        () => rows.remove('a', 0, 1),
        () => rows.expire(0),
        () => rows.count(),
        () => rows.approximateNumEntries(),
        () => rows.clear(),
        () => rows.init(),
        () => rows.flush(),
        async () => rows.streamTime,
        async () => rows.findSessions('a', 0, 1),
        async () => rows.findSessionsRange('a', 'b', 0, 1),
        async () => rows.all(),
        async () => rows.snapshot(),
        async () => scan.next(),
        () => scanAsync.next(),
      ]) {
        await closes(call)
      }
      await closing.close()
    })
  }

  it('S40 a replay of the same writes changes nothing', async () => {
    const rows = store()
    for (let round = 0; round < 2; round++) {
      await putAll(rows, 'a', [
        [0, 0],
        [10, 10],
        [100, 100],
        [1000, 1000],
        [5, 5],
      ])
      await rows.remove('a', 5, 5)
      for (const time of [0, 30, 15]) await rows.merge('b', time, 20, () => `${time}`)
    }
    const names = ['a[0,0]', 'a[10,10]', 'a[100,100]', 'a[1000,1000]', 'b[0,30]']
    expect(await namesOf(rows.all())).toEqual(names)
    expect(await namesOf(rows.all({ reverse: true }))).toEqual(names.toReversed())
    expect(await rows.count()).toBe(5)
  })

  it('S40 a restore gives the same sessions; merges and removals before it hold, those since are gone', async () => {
    const rows = store()
    for (const time of [0, 10, 100, 1000]) await rows.put('a', `${time}`, time, time)
    await rows.put('a', 'removed', 5, 5)
    await rows.remove('a', 5, 5)
    for (const time of [0, 30, 15]) await rows.merge('b', time, 20, found => `${found.length}`)
    using view = rows.snapshot()
    const before = await read(rows.all())
    expect(before).toHaveLength(5)
    for (let round = 0; round < 2; round++) {
      await rows.merge('a', 5, 200, () => 'merged')
      await rows.put('a', 'late', 5, 5)
      await rows.remove('b')
      await rows.restore(view)
      expect(await read(rows.all())).toEqual(before)
      expect(await read(rows.all({ reverse: true }))).toEqual(before.toReversed())
      expect(await timesOf(rows.findSessions('b', 15, 15))).toEqual([[0, 30]])
      expect([await rows.get('a', 5, 5), await rows.count()]).toEqual([undefined, 5])
    }
  })

  it('snapshots show sessions as they were, and restore brings them back', async () => {
    const one = provider()
    const options = { keyCodec: string(), valueCodec: u32(), retention: 1 }
    const rows = one.createSessionStore('s', options)
    rows.mergeSync('a', 0, 10, count)
    rows.mergeSync('b', 5, 10, count)
    using view = rows.snapshot()
    using all = one.snapshot()
    rows.mergeSync('a', 5, 10, count)
    rows.expireSync(1000)
    expect(rows.countSync()).toBe(0)
    for (const seen of [view, all.createSessionStore('s', options)]) {
      expect(await namesOf(seen.all())).toEqual(['a[0,0]', 'b[5,5]'])
      expect(await timesOf(seen.findSessions('b', 0, 9))).toEqual([[5, 5]])
      expect(seen.getSync('a', 0, 0)).toBe(1)
      expect(seen.streamTime).toBe(5)
    }
    await rows.restore(view)
    expect(await namesOf(rows.all())).toEqual(['a[0,0]', 'b[5,5]'])
    expect(rows.mergeSync('a', 3, 10, count)).toEqual({ sessionStart: 0, sessionEnd: 3, value: 2 })
  })
}
