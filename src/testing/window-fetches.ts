import { i64, string } from '../index.js'
import type { Theme } from './bench.js'
import { MAX, SIZE, windowStores } from './window-stores.js'

export const windowFetches: Theme = bench => {
  const { it, expect, refuses, read } = bench
  const { storeOf, store, numbered, startsOf, keysOf, namesOf, six } = windowStores(bench)

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

  it('a bound far beyond all times shows the rows of that key alone', async () => {
    const rows = store()
    for (const key of ['a', 'a\0', 'aa']) await rows.put(key, 'x', 0)
    for (const to of [2 ** 53, 2 ** 62, 9.2e18, 2 ** 63, 1e300]) {
      expect(await startsOf(rows.fetch('a', -to, to))).toEqual([0])
      expect(await startsOf(rows.fetch('a', -to, to, { reverse: true }))).toEqual([0])
    }
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

  it('W9 all is by time, not by key or by order of the puts', async () => {
    const rows = numbered()
    for (const key of [4, 0, 2, 3, 1]) await rows.put(key, key, key)
    expect(await keysOf(rows.all())).toEqual([0, 1, 2, 3, 4])
    expect(await keysOf(rows.all({ reverse: true }))).toEqual([4, 3, 2, 1, 0])
    await rows.delete(1, 1)
    await rows.delete(3, 3)
    expect(await keysOf(rows.all())).toEqual([0, 2, 4])
  })

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

  it('W14 fetchRange is inclusive in keys and in times', async () => {
    const rows = await six()
    for (const [keyFrom, keyTo, from, to, expected] of [
      [0, 1, -3, 3, [0, 1]],
      [1, 3, -3, 3, [1, 2, 3]],
      [0, 5, 2, 8, [2, 3, 4, 5]],
      [4, 5, 2, 3, []],
      [0, 3, 3, 8, []],
    ] as const) {
      for (const reverse of [false, true]) {
        const found = await keysOf(rows.fetchRange(keyFrom, keyTo, from, to, { reverse }))
        expect(found).toEqual(reverse ? expected.toReversed() : expected)
      }
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
    expect(await keysOf(rows.fetchRange(2, undefined, 0, 9, { reverse: true }))).toEqual([5, 4, 3, 2])
    for (const reverse of [false, true]) {
      const both = await read(rows.fetchRange(undefined, undefined, 1, 4, { reverse }))
      expect(both).toEqual(await read(rows.fetchAll(1, 4, { reverse })))
      expect(both).toHaveLength(4)
    }
  })

  it('W18 keys the wrong way round give none; signed ones sort', async () => {
    const rows = storeOf({ keyCodec: i64(), valueCodec: string() })
    for (const key of [-1n, 1n]) await rows.put(key, 'x', 0)
    for (const reverse of [false, true]) {
      expect(await read(rows.fetchRange(1n, -1n, 0, 10, { reverse }))).toEqual([])
    }
    expect(await keysOf(rows.fetchRange(-1n, 1n, 0, 10))).toEqual([-1n, 1n])
    expect(await keysOf(rows.fetchRange(-1n, 1n, 0, 10, { reverse: true }))).toEqual([1n, -1n])
  })

  it('W19 times the wrong way round, before the first row, or expired give none', async () => {
    const rows = store({ retention: SIZE })
    const none = async (from: number, to: number) => {
      for (const reverse of [false, true]) {
        expect(await read(rows.fetch('a', from, to, { reverse }))).toEqual([])
        expect(await read(rows.fetchAll(from, to, { reverse }))).toEqual([])
        expect(await read(rows.fetchRange('a', 'b', from, to, { reverse }))).toEqual([])
      }
    }
    await rows.put('a', 'x', 5)
    await none(15, 5)
    await none(-10, 4)
    expect(await rows.expire(100)).toBe(1)
    await none(0, 10)
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
    await refuses(() => rows.put('a', 'x', MAX - 9), 'windowEnd', 'RangeError')
    await refuses(() => rows.put('a', 'x', 10, 9), 'windowEnd', 'RangeError')
    expect(await rows.count()).toBe(4)
  })

  it('W22 out-of-order puts show in place', async () => {
    const rows = store({ retention: 100 })
    await rows.put('a', 'x', 60)
    await rows.put('a', 'x', 30)
    expect(await startsOf(rows.fetch('a', 0, 100))).toEqual([30, 60])
  })
}
