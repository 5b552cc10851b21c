import { bytes, json, string, struct, u32 } from '../../index.js'
import { MAX, type WindowBench } from './bench.js'

/** What is put, changed and removed: one window by key and time. */
export const points = ({
  it,
  expect,
  refuses,
  read,
  storeOf,
  store,
  numbered,
  startsOf,
  namesOf,
}: WindowBench): void => {
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

  it('W8 null is a value, if the codec takes it', async () => {
    const rows = storeOf({ keyCodec: string(), valueCodec: json() })
    await rows.put('a', null, 0)
    expect(await rows.get('a', 0)).toBeNull()
    expect(await rows.count()).toBe(1)
    await refuses(() => rows.put('a', undefined, 0), 'value')
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
