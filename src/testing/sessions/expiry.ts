import { count, type SessionBench } from './bench.js'

/** What is late, and what goes when. */
export const expiry = ({ it, expect, read, store, counts, namesOf, putAll }: SessionBench): void => {
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
}
