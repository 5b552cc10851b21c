import { bytes, i64, string, tuple, u32, uuid } from '../index.js'
import { fill, type Theme } from './bench.js'

export const prefixes: Theme = ({ it, expect, refuses, storeOf, read, keysOf }) => {
  it('K23 a prefix gives the keys that begin with it, in order', async () => {
    const rows = storeOf(string(), string())
    await fill(rows, ['k1', 'prefix_3', 'k2', 'prefix_2', 'k3', 'prefix_1'])
    expect(await keysOf(rows.prefix('prefix'))).toEqual(['prefix_1', 'prefix_2', 'prefix_3'])
    expect(await keysOf(rows.prefix('prefix', { reverse: true }))).toEqual(['prefix_3', 'prefix_2', 'prefix_1'])
    expect(await keysOf(rows.prefix('prefix', { limit: 1 }))).toEqual(['prefix_1'])
  })

  it('K24 a prefix stops before the next sibling', async () => {
    const rows = storeOf(string(), string())
    await fill(rows, ['abc', 'abcd', 'abce'])
    expect(await keysOf(rows.prefix('abcd'))).toEqual(['abcd'])
    expect(await keysOf(rows.prefix('abc'))).toEqual(['abc', 'abcd', 'abce'])
    expect(await keysOf(rows.prefix('abcd', { reverse: true }))).toEqual(['abcd'])
    expect(await keysOf(rows.prefix('abc', { reverse: true }))).toEqual(['abce', 'abcd', 'abc'])
  })

  it('K25 a prefix of no key gives none, and the empty one gives all', async () => {
    const rows = storeOf(string(), string())
    await fill(rows, ['a', 'b', 'c'])
    for (const reverse of [false, true]) {
      expect(await keysOf(rows.prefix('bb', { reverse }))).toEqual([])
      expect(await keysOf(rows.prefix('', { reverse }))).toEqual(reverse ? ['c', 'b', 'a'] : ['a', 'b', 'c'])
    }
  })

  it('K25 a prefix that is null is refused', async () => {
    for (const rows of [storeOf(string(), string()), storeOf(bytes(), string())]) {
      await refuses(() => rows.prefix(null as any), 'prefix', 'TypeError')
      await refuses(() => rows.prefix(undefined as any), 'prefix', 'TypeError')
    }
  })

  it('K26 a prefix of 0xFF bytes scans to the end, before a flush and after', async () => {
    const rows = storeOf(bytes(), string())
    const keys = [[1, 255], [1, 255, 0], [2], [255], [255, 255]].map(key => Uint8Array.from(key))
    for (const key of keys) await rows.put(key, `${key}`)
    for (const round of [0, 1]) {
      if (round === 1) await rows.flush()
      for (const [prefix, expected] of [
        [
          [1, 255],
          ['1,255', '1,255,0'],
        ],
        [[255], ['255', '255,255']],
        [[255, 255], ['255,255']],
        [[255, 255, 255], []],
      ] as const) {
        for (const reverse of [false, true]) {
          const found = await read(rows.prefix(Uint8Array.from(prefix), { reverse }))
          expect(found.map(({ value }) => value)).toEqual(reverse ? expected.toReversed() : expected)
          expect(found.map(({ key }) => `${[...key]}`)).toEqual(found.map(({ value }) => value))
        }
      }
    }
  })

  it('K27 keys without prefixes refuse one, past the types as well', async () => {
    for (const codec of [u32(), i64(), uuid()]) {
      const rows = storeOf<any, string, any>(codec, string())
      await refuses(() => rows.prefix('1'), 'prefix', 'TypeError')
    }
  })

  it('the head of a tuple is a prefix, and an end of a range', async () => {
    const rows = storeOf(tuple(string(), u32()), string())
    for (const key of [
      ['a', 1],
      ['a', 2],
      ['aa', 0],
      ['b', 0],
    ] as [string, number][])
      await rows.put(key, 'x')
    expect(await keysOf(rows.prefix(['a']))).toEqual([
      ['a', 1],
      ['a', 2],
    ])
    expect(await keysOf(rows.prefix([]))).toHaveLength(4)
    expect(await keysOf(rows.range(['a', 2], ['aa']))).toEqual([
      ['a', 2],
      ['aa', 0],
    ])
    expect(await keysOf(rows.range(['a'], ['a'], { reverse: true }))).toEqual([
      ['a', 2],
      ['a', 1],
    ])
  })
}
