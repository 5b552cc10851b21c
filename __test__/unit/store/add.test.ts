import { describe, expect, it } from 'vitest'
import { f64, i64, json, string, u32, u64 } from '../../../src/index.js'
import { refused } from '../codec/errors.js'
import { failure, provider } from './stores.js'

const open = (valueCodec: any) =>
  provider().createKeyValueStore<string, any, string>('n', { keyCodec: string(), valueCodec })

const invalid = expect.objectContaining({ code: 'ERR_MILLPOND_INVALID_ARG' })

const U64_MAX = 2n ** 64n - 1n
const I64_MAX = 2n ** 63n - 1n

describe.each([
  {
    codec: u32(),
    one: 1,
    sums: [
      [5, 7, 12],
      [5, -5, 0],
      [0, 2 ** 32 - 1, 2 ** 32 - 1],
    ],
    over: [
      [1, 2 ** 32 - 1],
      [0, -1],
      [5, -6],
    ],
  },
  {
    codec: u64(),
    one: 1n,
    sums: [
      [5n, 7n, 12n],
      [5n, -5n, 0n],
      [0n, U64_MAX, U64_MAX],
      [U64_MAX, -U64_MAX, 0n],
    ],
    over: [
      [1n, U64_MAX],
      [0n, -1n],
    ],
  },
  {
    codec: i64(),
    one: 1n,
    sums: [
      [5n, -7n, -2n],
      [-1n, I64_MAX, I64_MAX - 1n],
      [0n, -I64_MAX - 1n, -I64_MAX - 1n],
    ],
    over: [
      [1n, I64_MAX],
      [-1n, -I64_MAX - 1n],
    ],
  },
  {
    codec: f64(),
    one: 1,
    sums: [
      [0.5, 0.25, 0.75],
      [1, -3, -2],
      [-1, 1, 0],
      [1e308, 1e308, Infinity],
    ],
    over: [[Infinity, -Infinity]],
  },
])('add to $codec.id', ({ codec, one, sums, over }) => {
  it('gives the sum and stores it, an entry that is missing counting as 0', () => {
    for (const [before, delta, sum] of sums) {
      const rows = open(codec)
      rows.putSync('k', before)
      expect(rows.addSync('k', delta)).toBe(sum)
      expect(rows.getSync('k')).toBe(sum)
    }
    const rows = open(codec)
    expect(rows.addSync('new', one)).toBe(one)
    expect(rows.getSync('new')).toBe(one)
  })

  it('refuses to overflow, and changes nothing', async () => {
    for (const [before, delta] of over) {
      const rows = open(codec)
      rows.putSync('k', before)
      expect(() => rows.addSync('k', delta)).toThrow(failure('OVERFLOW', { store: 'n', key: 'k', retryable: false }))
      await expect(rows.add('k', delta)).rejects.toEqual(failure('OVERFLOW'))
      expect(rows.getSync('k')).toBe(before)
    }
  })

  it('refuses a delta of another type, and changes nothing', () => {
    const rows = open(codec)
    rows.putSync('k', one)
    for (const delta of [undefined, null, '1', NaN, {}, [], true, typeof one === 'bigint' ? 1 : 1n]) {
      expect(() => rows.addSync('k', delta as any)).toThrow(invalid)
      expect(() => rows.addSync('new', delta as any)).toThrow(invalid)
    }
    expect(rows.all().toArray()).toEqual([{ key: 'k', value: one }])
  })

  it('takes a key with a replacement character, and refuses half a surrogate pair', () => {
    const rows = open(codec)
    rows.addSync('\ufffd', one)
    expect(rows.addSync('\ufffd', one)).toEqual(one === 1 ? 2 : 2n)
    expect(() => rows.addSync('\ud800', one)).toThrow(refused('lone surrogate'))
    expect(rows.countSync()).toBe(1)
  })
})

describe('add', () => {
  it('refuses a fraction of a whole number', () => {
    const rows = open(u32())
    for (const delta of [0.5, -0.5, 2 ** 32, -(2 ** 32), Infinity, -Infinity]) {
      expect(() => rows.addSync('k', delta)).toThrow(expect.objectContaining({ code: 'ERR_MILLPOND_INVALID_ARG' }))
    }
    expect(rows.countSync()).toBe(0)
  })

  it('refuses a store whose values are no numbers', () => {
    for (const codec of [json<number>(), string()]) {
      const rows = open(codec)
      expect(() => rows.addSync('k', 1)).toThrow(refused('add'))
    }
  })

  it('of a missing entry that would begin below 0 stores nothing', () => {
    const rows = open(u32())
    expect(() => rows.addSync('new', -1)).toThrow(failure('OVERFLOW'))
    expect(rows.hasSync('new')).toBe(false)
  })

  it('does not show in a snapshot taken before', () => {
    const rows = open(u64())
    rows.putSync('k', 1n)
    using view = rows.snapshot()
    rows.addSync('k', 1n)
    expect(view.getSync('k')).toBe(1n)
    expect(rows.getSync('k')).toBe(2n)
  })
})
