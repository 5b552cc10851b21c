import { describe, expect, it } from 'vitest'
import { bool, f64, i64, u32, u64 } from '../../../src/codec/index.js'
import { corrupt, outOfRange, refused } from './errors.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('u32', () => {
  it('is 4 bytes, the high one first', () => {
    expect(hex(u32().encode(0x01020304))).toBe('01020304')
    expect(u32().decode(Buffer.from('ffffffff', 'hex'))).toBe(2 ** 32 - 1)
    expect(hex(u32().encode(-0))).toBe('00000000')
  })

  it('refuses other numbers as out of range, and what is no number as of the wrong type', () => {
    for (const value of [-1, 2 ** 32, 1.5, Number.NaN, Infinity]) {
      expect(() => u32().encode(value)).toThrow(outOfRange('u32: expected an integer from 0 to 4294967295'))
    }
    for (const value of ['1', 1n, null, undefined, { valueOf: () => 1 }]) {
      expect(() => u32().encode(value as any)).toThrow(refused('u32: expected a number'))
    }
  })
})

describe('u64', () => {
  it('is 8 bytes, the high one first', () => {
    expect(hex(u64().encode(1n))).toBe('0000000000000001')
    expect(u64().decode(Buffer.alloc(8, 0xff))).toBe(2n ** 64n - 1n)
  })

  it('refuses bigints out of range, and numbers', () => {
    for (const value of [-1n, 2n ** 64n]) expect(() => u64().encode(value)).toThrow(outOfRange('u64'))
    expect(() => u64().encode(1 as unknown as bigint)).toThrow(refused('u64: expected a bigint, got 1'))
  })
})

describe('i64', () => {
  it('is 8 bytes with the sign bit flipped', () => {
    expect(hex(i64().encode(0n))).toBe('8000000000000000')
    expect(hex(i64().encode(-1n))).toBe('7fffffffffffffff')
    for (const value of [-(2n ** 63n), -5n, 0n, 5n, 2n ** 63n - 1n]) {
      expect(i64().decode(Buffer.from(i64().encode(value)))).toBe(value)
    }
  })

  it('refuses bigints out of range, and numbers', () => {
    for (const value of [-(2n ** 63n) - 1n, 2n ** 63n]) expect(() => i64().encode(value)).toThrow(outOfRange('i64'))
    expect(() => i64().encode(1 as unknown as bigint)).toThrow(refused('i64: expected a bigint, got 1'))
  })
})

describe('f64', () => {
  it('is the IEEE bits with the sign flipped, or inverted where negative', () => {
    expect(hex(f64().encode(1))).toBe('bff0000000000000')
    expect(hex(f64().encode(-1))).toBe('400fffffffffffff')
    expect(hex(f64().encode(0))).toBe('8000000000000000')
    for (const value of [0, 1, -1, 0.1, -0.1, 5e-324, -5e-324, Number.MAX_VALUE, Infinity, -Infinity]) {
      expect(f64().decode(Buffer.from(f64().encode(value)))).toBe(value)
    }
  })

  it('makes 0 of −0, so that equal numbers are equal keys', () => {
    expect(hex(f64().encode(-0))).toBe(hex(f64().encode(0)))
    expect(f64().decode(Buffer.from(f64().encode(-0)))).toBe(0)
  })

  it('refuses NaN and what is no number', () => {
    expect(() => f64().encode(Number.NaN)).toThrow(refused('NaN'))
    for (const value of ['1', 1n, null, undefined, { valueOf: () => 1 }]) {
      expect(() => f64().encode(value as any)).toThrow(refused('f64: expected a number'))
    }
  })

  it('refuses bytes that no number has', () => {
    // −0, two kinds of NaN and, inverted, two more.
    const none = ['7fffffffffffffff', 'fff8000000000000', 'ffffffffffffffff', '0007ffffffffffff', '0000000000000000']
    for (const bytes of none) expect(() => f64().decode(Buffer.from(bytes, 'hex'))).toThrow(corrupt('f64'))
  })
})

describe('bool', () => {
  it('is 0 or 1', () => {
    expect(hex(bool().encode(false))).toBe('00')
    expect(hex(bool().encode(true))).toBe('01')
    expect(bool().decode(Buffer.from([1]))).toBe(true)
    expect(() => bool().decode(Buffer.from([2]))).toThrow(corrupt('bool'))
    for (const value of [0, 'true', undefined]) {
      expect(() => bool().encode(value as any)).toThrow(refused('bool: expected a boolean'))
    }
  })
})

describe('a codec of fixed width', () => {
  it('refuses bytes of any other', () => {
    for (const codec of [u32(), u64(), i64(), f64(), bool()]) {
      for (const length of [0, 3, 5, 7, 9]) {
        expect(() => codec.decode(Buffer.alloc(length))).toThrow(corrupt(`${codec.id}: expected`))
      }
    }
  })
})
