import { describe, expect, it } from 'vitest'
import { packingOf } from '../../../src/codec/codec.js'
import { type Codec, f64, json, msgpack, optional, string, u32 } from '../../../src/codec/index.js'
import { corrupt, refused } from './errors.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('optional', () => {
  it('is one byte and then the value', () => {
    expect(hex(optional(string()).encode('a'))).toBe('0161')
    expect(hex(optional(string()).encode(null))).toBe('00')
    expect(hex(optional(string()).encode(''))).toBe('01')
  })

  it('is of one width if the values are', () => {
    expect(hex(optional(u32()).encode(1))).toBe('0100000001')
    expect(hex(optional(u32()).encode(null))).toBe('0000000000')
    expect(packingOf(optional(u32()))?.width).toBe(5)
    expect(packingOf(optional(string()))?.width).toBeUndefined()
  })

  it('gives values and null back', () => {
    const cases: [Codec<any>, unknown[]][] = [
      [optional(f64()), [null, 0, -1.5]],
      [optional(json()), [null, { a: null }, '']],
      [optional(msgpack()), [null, new Set([1])]],
      [optional(optional(string())), [null, 'a']],
    ]
    for (const [codec, values] of cases) {
      for (const value of values) expect(codec.decode(Buffer.from(codec.encode(value)))).toEqual(value)
    }
  })

  it('refuses undefined and what the other codec refuses', () => {
    expect(() => optional(u32()).encode(undefined as any)).toThrow(refused('optional: expected a value or null'))
    expect(() => optional(u32()).encode('a' as any)).toThrow(refused('u32'))
    expect(() => optional({} as any)).toThrow(refused('optional'))
  })

  it('refuses a wrong tag, a null with a value behind it, and wrong lengths', () => {
    for (const bytes of ['', '02', '0001']) {
      expect(() => optional(string()).decode(Buffer.from(bytes, 'hex'))).toThrow(corrupt('optional'))
    }
    for (const bytes of ['', '00', '01000000', '010000000000', '0000000001', '0200000000']) {
      expect(() => optional(u32()).decode(Buffer.from(bytes, 'hex'))).toThrow(corrupt('optional'))
    }
  })

  it('names the other codec in its id', () => {
    expect(optional(u32()).id).toBe('optional(u32)')
    expect(optional({ encode: () => Buffer.alloc(0), decode: () => 0 }).id).toBeUndefined()
  })
})
