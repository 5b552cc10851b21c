import { describe, expect, it } from 'vitest'
import { bytes, type KeyCodec, type KeyValueStore, string, tuple, u32 } from '../../../src/index.js'
import { failure, plainText, provider } from './stores.js'

const tooLarge = (limit: number, size: number) =>
  expect.toSatisfy(
    error =>
      error.name === 'MillpondError' &&
      error.code === 'ERR_MILLPOND_TOO_LARGE' &&
      error.retryable === false &&
      error.message.includes(`limit is ${limit} bytes`) &&
      error.message.includes(`of ${size} bytes`) &&
      error.store === 'rows',
    `ERR_MILLPOND_TOO_LARGE of store rows, with the limit ${limit} and the size ${size}`,
  )

const open = <K, P>(keyCodec: KeyCodec<K, P>) => provider().createKeyValueStore('rows', { keyCodec, valueCodec: u32() })

// Keys that take so many bytes as encoded.
const shapes: [string, KeyCodec<any, any>, (length: number) => any][] = [
  ['ASCII text', string(), length => 'k'.repeat(length)],
  ['two-byte text', string(), length => 'é'.repeat(length >> 1) + 'k'.repeat(length & 1)],
  ['text of surrogate pairs', string(), length => '🦆'.repeat(length >> 2) + 'k'.repeat(length & 3)],
  ['text with replacement characters', string(), length => '\ufffd'.repeat(3) + 'k'.repeat(length - 9)],
  ['bytes', bytes(), length => Buffer.alloc(length, 255)],
  ['a tuple', tuple(u32(), string()), length => [7, 'k'.repeat(length - 4)]],
  [
    'a tuple with its escapes',
    tuple(string(), u32()),
    length => ['\0'.repeat((length - 6) >> 1) + 'k'.repeat(length & 1), 7],
  ],
  ['a codec of the user', plainText as any, length => 'k'.repeat(length)],
]

describe.each(shapes)('a key of %s', (_, codec, key) => {
  it('of 1,900 bytes works everywhere', () => {
    const rows: KeyValueStore<any, number, any> = open(codec)
    const [longest, other] = [key(1900), key(1899)]
    rows.putSync(longest, 1)
    rows.putSync(other, 2)
    expect(rows.getSync(longest)).toBe(1)
    expect(rows.getManySync([longest, other])).toEqual([1, 2])
    expect(rows.getManySync(Array(100).fill(longest))).toEqual(Array(100).fill(1))
    expect(rows.updateSync(longest, n => n! + 1)).toBe(2)
    expect(rows.putIfAbsentSync(longest, 9)).toBe(2)
    expect(rows.range(longest, longest).toArray()).toEqual([{ key: longest, value: 2 }])
    expect(rows.countSync(longest, longest)).toBe(1)
    rows.batchSync([{ type: 'delete', key: longest }])
    expect(rows.hasSync(longest)).toBe(false)
    expect(rows.countSync()).toBe(1)
  })

  it('of any length has a number to add to', () => {
    for (let length = 1000; length <= 1900; length += 50) {
      const rows: KeyValueStore<any, number, any> = open(codec)
      expect(rows.addSync(key(length), 1)).toBe(1)
      expect(rows.addSync(key(length), 1)).toBe(2)
      expect(rows.getSync(key(length))).toBe(2)
    }
  })

  it('of 1,901 bytes is refused everywhere, with the limit and the size, and changes nothing', () => {
    const rows: KeyValueStore<any, number, any> = open(codec)
    rows.putSync(key(1900), 1)
    const long = key(1901)
    for (const call of [
      () => rows.getSync(long),
      () => rows.hasSync(long),
      () => rows.putSync(long, 1),
      () => rows.putIfAbsentSync(long, 1),
      () => rows.deleteSync(long),
      () => rows.updateSync(long, () => 1),
      () => rows.addSync(long, 1),
      () => rows.getManySync([long]),
      () => rows.getManySync(Array(20).fill(long)),
      () => rows.batchSync([{ type: 'put', key: long, value: 1 }]),
      () => rows.range(long, undefined),
      () => rows.countSync(undefined, long),
    ]) {
      expect(call, `${call}`).toThrow(tooLarge(1900, 1901))
    }
    expect(rows.countSync()).toBe(1)
  })

  it('far beyond that is refused as well', () => {
    const rows: KeyValueStore<any, number, any> = open(codec)
    for (const size of [2043, 2044, 2047, 2048, 4096, 70_000, 5_000_000]) {
      expect(() => rows.putSync(key(size), 1)).toThrow(tooLarge(1900, size))
      expect(() => rows.getSync(key(size))).toThrow(tooLarge(1900, size))
    }
    expect(rows.countSync()).toBe(0)
  })
})

describe('empty keys', () => {
  it.each([
    ['string()', string(), ''],
    ['bytes()', bytes(), Buffer.of()],
    ['a codec of the user', plainText as KeyCodec<any>, ''],
  ] as [string, KeyCodec<any, any>, any][])('work, with %s', (_, codec, empty) => {
    const rows: KeyValueStore<any, number, any> = open(codec)
    expect(rows.getSync(empty)).toBeUndefined()
    rows.putSync(empty, 1)
    expect(rows.addSync(empty, 1)).toBe(2)
    expect([rows.getSync(empty), rows.hasSync(empty), rows.countSync(empty, empty)]).toEqual([2, true, 1])
    expect(rows.getManySync(Array(20).fill(empty))).toEqual(Array(20).fill(2))
    expect(rows.all().toArray()).toEqual([{ key: empty, value: 2 }])
    expect(rows.range(empty, empty).toArray()).toHaveLength(1)
    rows.deleteSync(empty)
    expect(rows.countSync()).toBe(0)
  })
})

describe('values', () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 2 ** 20, 100 * 2 ** 20])('of %i bytes come back by every read', size => {
    const one = provider()
    const rows = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: bytes() })
    const value = Buffer.alloc(size, 'millpond')
    for (const key of ['a', 'b\ufffd']) {
      rows.putSync(key, value)
      expect(value.equals(rows.getSync(key)!)).toBe(true)
      expect(value.equals(rows.putIfAbsentSync(key, Buffer.of(1))!)).toBe(true)
    }
    for (const found of rows.getManySync(['a', 'b\ufffd'])) expect(value.equals(found!)).toBe(true)
    const many = rows.getManySync(['a', 'x', 'b\ufffd', 'y', 'z', 'x', 'x', 'x', 'x'])
    expect(many.map(found => found && value.equals(found))).toEqual([
      true,
      undefined,
      true,
      ...Array(6).fill(undefined),
    ])
    for (const { value: found } of rows.all()) expect(value.equals(found)).toBe(true)
    for (const found of rows.values({ reverse: true })) expect(value.equals(found)).toBe(true)
    expect(rows.keys().toArray()).toEqual(['a', 'b\ufffd'])
    using view = rows.snapshot()
    rows.putSync('a', Buffer.of(1))
    expect(value.equals(view.getSync('a')!)).toBe(true)
    expect(value.equals(view.all().first()!.value)).toBe(true)
    expect(rows.getSync('a')).toEqual(Buffer.of(1))
    rows.deleteSync('b\ufffd')
    expect(rows.countSync()).toBe(1)
  })

  it('over 1 GiB are refused with the limit and the size, and change nothing', () => {
    const rows = provider().createKeyValueStore('rows', {
      keyCodec: string(),
      valueCodec: { encode: (bytes: Uint8Array) => bytes, decode: (bytes: Buffer) => bytes as Uint8Array },
    })
    rows.putSync('k', Buffer.of(1))
    expect(() => rows.putSync('k', new Uint8Array(2 ** 30 + 1))).toThrow(tooLarge(2 ** 30, 2 ** 30 + 1))
    expect(rows.getSync('k')).toEqual(Buffer.of(1))
  })

  it('of text and of structs may be large, too', () => {
    const rows = provider().createKeyValueStore('rows', { keyCodec: string(), valueCodec: string() })
    for (const text of ['x'.repeat(2 ** 20), 'é'.repeat(2 ** 20), `${'x'.repeat(65_536)}🦆`]) {
      rows.putSync('k', text)
      expect(rows.getSync('k') === text).toBe(true)
      expect(rows.values().first() === text).toBe(true)
    }
    expect(() => rows.putSync('k', `${'x'.repeat(100_000)}\ud800`)).toThrow(
      expect.objectContaining({ code: 'ERR_MILLPOND_INVALID_ARG' }),
    )
    expect(rows.getSync('k')).toHaveLength(65_538)
  })
})

describe('an error', () => {
  it('names the store and the key', () => {
    const rows = provider().createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })
    rows.putSync('k', 2 ** 32 - 1)
    expect(() => rows.addSync('k', 1)).toThrow(failure('OVERFLOW', { store: 'rows', key: 'k' }))
    const long = 'k'.repeat(1901)
    expect(() => rows.putSync(long, 1)).toThrow(failure('TOO_LARGE', { store: 'rows', key: long }))
    expect(() => rows.getSync('\ufffd'.repeat(1000))).toThrow(failure('TOO_LARGE', { store: 'rows' }))
  })
})
