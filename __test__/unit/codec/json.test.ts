import { describe, expect, it } from 'vitest'
import { json } from '../../../src/codec/index.js'
import { corrupt, refused } from './errors.js'

const codec = json()

describe('json', () => {
  it('is the text of JSON.stringify', () => {
    for (const value of [null, 0, '', 'ü\ud800', [], { a: [1, { b: null }] }, { long: 'é'.repeat(2000) }]) {
      expect(Buffer.from(codec.encode(value)).toString()).toBe(JSON.stringify(value))
      expect(codec.decode(Buffer.from(codec.encode(value)))).toEqual(value)
    }
  })

  it('refuses values without a JSON form', () => {
    for (const value of [undefined, () => 1, Symbol('a')]) {
      expect(() => codec.encode(value)).toThrow(refused('json: expected a value with a JSON form'))
    }
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    for (const value of [1n, cycle]) expect(() => codec.encode(value)).toThrow(refused('json'))
  })

  it('passes on what a toJSON throws', () => {
    const error = new Error('mine')
    const value = {
      toJSON() {
        throw error
      },
    }
    expect(() => codec.encode(value)).toThrow(error)
  })

  it('refuses bytes that are no JSON, with the reason', () => {
    for (const bytes of ['', '{', 'undefined', '[1,]']) {
      expect(() => codec.decode(Buffer.from(bytes))).toThrow(corrupt('json'))
    }
    expect(() => codec.decode(Buffer.from([0x22, 0xff, 0x22]))).toThrow(corrupt('json'))
    expect(() => codec.decode(Buffer.from('{'))).toThrow(expect.objectContaining({ cause: expect.any(SyntaxError) }))
  })

  it('touches no prototype', () => {
    const decoded = codec.decode(Buffer.from('{"__proto__":{"polluted":true}}')) as any
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
    expect(({} as any).polluted).toBeUndefined()
    expect(Object.keys(decoded)).toEqual(['__proto__'])
  })
})
