import { i64, string, u32 } from '../index.js'
import { fill, type Theme } from './bench.js'

export const ranges: Theme = ({ it, each, expect, refuses, store, storeOf, read, keysOf }) => {
  it('K4 range is inclusive at both ends', async () => {
    const rows = store()
    await fill(rows, [0, 1, 2, 4, 5])
    expect(await read(rows.range(2, 4))).toEqual([
      { key: 2, value: '2' },
      { key: 4, value: '4' },
    ])
  })

  it('K5 bounds need not exist', async () => {
    const rows = store()
    await fill(rows, [0, 1, 2, 4])
    for (const reverse of [false, true]) {
      expect(await keysOf(rows.range(2, 6, { reverse }))).toEqual(reverse ? [4, 2] : [2, 4])
      expect(await keysOf(rows.range(3, 3, { reverse }))).toEqual([])
      expect(await keysOf(rows.range(5, 9, { reverse }))).toEqual([])
    }
  })

  it('K6 an end that is undefined is open', async () => {
    const rows = store()
    await fill(rows, [0, 1, 2])
    expect(await keysOf(rows.range(undefined, 1))).toEqual([0, 1])
    expect(await keysOf(rows.range(1, undefined))).toEqual([1, 2])
    expect(await keysOf(rows.range(undefined, undefined))).toEqual([0, 1, 2])
    for (const reverse of [false, true]) {
      expect(await read(rows.range(undefined, undefined, { reverse }))).toEqual(await read(rows.all({ reverse })))
    }
  })

  it('K7 reverse gives the same rows, mirrored', async () => {
    const rows = store()
    await fill(rows, [0, 1, 2])
    const reverse = { reverse: true }
    expect(await keysOf(rows.range(undefined, 1, reverse))).toEqual([1, 0])
    expect(await keysOf(rows.range(1, undefined, reverse))).toEqual([2, 1])
    expect(await keysOf(rows.all(reverse))).toEqual([2, 1, 0])
    expect(await read(rows.keys(reverse))).toEqual([2, 1, 0])
    expect(await read(rows.values(reverse))).toEqual(['2', '1', '0'])
    const texts = storeOf(string(), string())
    await fill(texts, ['a', 'ab', 'ac', 'b'])
    expect(await keysOf(texts.prefix('a'))).toEqual(['a', 'ab', 'ac'])
    expect(await keysOf(texts.prefix('a', reverse))).toEqual(['ac', 'ab', 'a'])
  })

  it('K7 reverse mirrors a scan of many buffers', async () => {
    const rows = store()
    await fill(rows, Array(3000).keys())
    const forwards = await read(rows.range(7, 2777))
    expect(forwards.map(({ key }) => key)).toEqual(Array.from({ length: 2771 }, (_, i) => i + 7))
    expect(await read(rows.range(7, 2777, { reverse: true }))).toEqual(forwards.reverse())
  })

  it('K8 reversed bounds give none, in both directions', async () => {
    const rows = store()
    await fill(rows, [0, 1, 2, 3])
    expect(await keysOf(rows.range(2, 1))).toEqual([])
    expect(await keysOf(rows.range(2, 1, { reverse: true }))).toEqual([])
    expect(rows.range(2, 1).first()).toBeUndefined()
    expect(await rows.count(2, 1)).toBe(0)
  })

  it('K9 a range from a key to itself is what get gives', async () => {
    const rows = store()
    await fill(rows, [0, 1, 2, 4])
    await rows.delete(2)
    for (const reverse of [false, true]) {
      for (const key of [0, 1, 4]) {
        expect(await read(rows.range(key, key, { reverse }))).toEqual([{ key, value: await rows.get(key) }])
      }
      for (const missing of [2, 3, 9]) expect(await read(rows.range(missing, missing, { reverse }))).toEqual([])
    }
  })

  it('K10 rows come in the order of the encoded keys, whatever the order of the puts', async () => {
    const texts = storeOf(string(), string())
    await fill(texts, ['2', '13', '1', '11'])
    expect(await keysOf(texts.all())).toEqual(['1', '11', '13', '2'])
    const numbers = storeOf(u32(), string())
    await fill(numbers, [13, 2, 11, 1, 256, 70_000])
    expect(await keysOf(numbers.all())).toEqual([1, 2, 11, 13, 256, 70_000])
  })

  it('K11 negative keys sort below zero', async () => {
    const rows = storeOf(i64(), string())
    await fill(rows, [1n, -1n, 0n, -2n])
    expect(await keysOf(rows.all())).toEqual([-2n, -1n, 0n, 1n])
    expect(await keysOf(rows.range(-1n, 1n))).toEqual([-1n, 0n, 1n])
    expect(await keysOf(rows.range(-1n, 1n, { reverse: true }))).toEqual([1n, 0n, -1n])
  })

  it('K13 a write shows at once, and the newest wins over what was flushed', async () => {
    const rows = store()
    await rows.put(1, 'a')
    await rows.flush()
    await rows.put(1, 'b')
    expect(await rows.get(1)).toBe('b')
    expect(await read(rows.range(0, 2))).toEqual([{ key: 1, value: 'b' }])
    expect(await read(rows.all())).toEqual([{ key: 1, value: 'b' }])
  })

  it('K14 a delete hides what was flushed', async () => {
    const rows = store()
    await rows.put(1, 'a')
    await rows.flush()
    await rows.delete(1)
    expect(await rows.get(1)).toBeUndefined()
    expect(await read(rows.all())).toEqual([])
    await rows.flush()
    expect(await rows.get(1)).toBeUndefined()
    expect(await read(rows.all())).toEqual([])
    expect(await rows.count()).toBe(0)
  })

  it('K15 flushed rows and others are read as one order', async () => {
    const rows = store()
    await fill(rows, [1, 3, 5, 7])
    await rows.flush()
    await fill(rows, [0, 2, 4, 6])
    expect(await keysOf(rows.all())).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(await keysOf(rows.all({ reverse: true }))).toEqual([7, 6, 5, 4, 3, 2, 1, 0])
    expect(await keysOf(rows.range(2, 5))).toEqual([2, 3, 4, 5])
    expect(await keysOf(rows.range(2, 5, { reverse: true }))).toEqual([5, 4, 3, 2])
  })

  each(
    [
      { gone: [0, 1, 2, 3, 4], left: [5] },
      { gone: [0, 1, 2, 3, 4, 5], left: [] },
      { gone: [0], left: [1, 2, 3, 4, 5] },
      { gone: [5], left: [0, 1, 2, 3, 4] },
      { late: [9], gone: [9], left: [0, 1, 2, 3, 4, 5] },
      { late: [9], gone: [5], left: [0, 1, 2, 3, 4, 9] },
      { late: [6, 7, 8], gone: [0, 7], left: [1, 2, 3, 4, 5, 6, 8] },
      { late: [2], gone: [2], left: [0, 1, 3, 4, 5] },
    ],
    ({ late = [], gone }) =>
      `K16 after a flush${late.length ? ` and a put of ${late}` : ''} deletes of ${gone} are skipped`,
    async ({ late = [], gone, left }) => {
      const rows = store()
      await fill(rows, [0, 1, 2, 3, 4, 5])
      await rows.flush()
      await fill(rows, late)
      for (const key of gone) await rows.delete(key)
      expect(await keysOf(rows.all())).toEqual(left)
      expect(await keysOf(rows.all({ reverse: true }))).toEqual(left.toReversed())
      expect(await rows.count()).toBe(left.length)
    },
  )

  it('K20 null is no open end', async () => {
    const rows = store()
    await refuses(() => rows.range(null as any, 1), 'from', 'TypeError')
    await refuses(() => rows.range(1, null as any), 'to', 'TypeError')
    await refuses(() => rows.count(null as any), 'from', 'TypeError')
    await refuses(() => rows.count(1, null as any), 'to', 'TypeError')
  })

  it('limit takes the first rows of the direction, and 0 takes none', async () => {
    const rows = store()
    await fill(rows, Array(1000).keys())
    expect(await keysOf(rows.all({ limit: 2 }))).toEqual([0, 1])
    expect(await keysOf(rows.all({ limit: 2, reverse: true }))).toEqual([999, 998])
    expect(await keysOf(rows.range(5, undefined, { limit: 3 }))).toEqual([5, 6, 7])
    for (const limit of [127, 128, 129, 640, 999, 1000, 1001, Infinity]) {
      expect(await keysOf(rows.all({ limit }))).toHaveLength(Math.min(limit, 1000))
    }
    expect(await keysOf(rows.all({ limit: 0 }))).toEqual([])
    expect(rows.all({ limit: 0 }).first()).toBeUndefined()
  })
}
