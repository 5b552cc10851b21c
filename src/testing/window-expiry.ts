import { string, u32 } from '../index.js'
import type { Theme } from './bench.js'
import { SIZE, windowStores } from './window-stores.js'

export const windowExpiry: Theme = bench => {
  const { it, expect, refuses, provider } = bench
  const { storeOf, store, startsOf, namesOf } = windowStores(bench)

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
}
