import { describe, expect, it } from 'vitest'
import { bytes, json, string, tuple, u32, uuid } from '../../../src/codec/index.js'
import { encodePrefix } from '../../../src/codec/prefix.js'
import { encodeHead } from '../../../src/codec/tuple.js'
import { refused } from './errors.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const key = tuple(string(), u32(), string())

describe('encodePrefix', () => {
  it('is UTF-8 for string and the bytes for bytes', () => {
    expect(hex(encodePrefix(string(), 'ü'))).toBe('c3bc')
    expect(hex(encodePrefix(bytes(), Uint8Array.of(0, 1)))).toBe('0001')
  })

  it('is empty for an empty prefix, with which every key begins', () => {
    expect(encodePrefix(string(), '')).toHaveLength(0)
    expect(encodePrefix(bytes(), Buffer.alloc(0))).toHaveLength(0)
    expect(encodePrefix(key, [])).toHaveLength(0)
  })

  it('is what all tuples with a head begin with, and no other tuple', () => {
    const head = (...elements: unknown[]) => hex(encodePrefix(key, elements))
    expect(hex(key.encode(['a\0b', 7, 'c'])).startsWith(head('a\0b'))).toBe(true)
    expect(hex(key.encode(['a\0b', 7, 'c'])).startsWith(head('a\0b', 7))).toBe(true)
    expect(hex(key.encode(['a\0bc', 7, 'c'])).startsWith(head('a\0b'))).toBe(false)
    expect(hex(key.encode(['a', 7, 'c'])).startsWith(head('a\0b'))).toBe(false)
  })

  it('refuses a whole tuple, and elements of the wrong type', () => {
    expect(() => encodePrefix(key, ['a', 1, 'b'])).toThrow(refused('fewer elements than the 3 of the tuple, got 3'))
    expect(() => encodePrefix(key, 'a')).toThrow(refused('head of a tuple'))
    expect(() => encodePrefix(key, [1])).toThrow(refused('tuple part 0: string'))
  })

  it('refuses null, undefined and the prefix of another codec', () => {
    for (const codec of [string(), bytes(), key]) {
      for (const none of [null, undefined, 5]) expect(() => encodePrefix(codec, none)).toThrow(refused())
    }
  })

  it('refuses codecs that have no prefixes', () => {
    const foreign = { encode: () => Buffer.alloc(0), decode: () => '' }
    for (const codec of [u32(), uuid(), json(), foreign]) {
      expect(() => encodePrefix(codec, 'a')).toThrow(refused('have no prefixes'))
    }
  })

  it('does not pass by an encode that a copy has of its own', () => {
    expect(hex(encodePrefix({ ...string(), version: 2 }, 'a'))).toBe('61')
    expect(() => encodePrefix({ ...string(), encode: () => Buffer.alloc(1) }, 'a')).toThrow(refused())
  })
})

describe('encodeHead', () => {
  it('tells a head from a whole tuple and from keys of other codecs', () => {
    expect(hex(encodeHead(key, ['a'])!)).toBe('610000')
    expect(hex(encodeHead(key, ['a', 1])!)).toBe('61000000000001')
    expect(encodeHead(key, ['a', 1, 'b'])).toBeUndefined()
    expect(encodeHead(key, undefined)).toBeUndefined()
    expect(encodeHead(string(), 'a')).toBeUndefined()
  })
})
