import { json, string } from '../../index.js'
import type { SessionBench } from './bench.js'

/** What is put and removed: one session by key, start and end. */
export const points = ({ it, expect, refuses, read, storeOf, store, timesOf, namesOf, putAll }: SessionBench): void => {
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
    await refuses(() => rows.put('a', 'x', 5, 4), 'sessionEnd')
    await refuses(() => rows.get('a', 5, 4), 'sessionEnd')
    await refuses(() => rows.remove('a', 5, 4), 'sessionEnd')
  })

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
    }
    expect(await namesOf(rows.all())).toEqual(['a[0,0]', 'a[10,10]', 'a[100,100]', 'a[1000,1000]'])
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
