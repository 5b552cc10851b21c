import { describe, expect, it } from 'vitest'
import { packing, packingOf } from '../../../src/codec/codec.js'
import * as codecs from '../../../src/codec/index.js'
import { refused } from './errors.js'

const { bool, bytes, date, f64, i64, json, msgpack, string, struct, u32, u64, uuid } = codecs

describe('a built-in codec', () => {
  it('has its name for an id', () => {
    const simple = { bool, bytes, date, f64, i64, json, msgpack, string, u32, u64, uuid }
    for (const [name, make] of Object.entries(simple)) expect(make().id).toBe(name)
  })

  it('says that it does not sort, if so', () => {
    for (const codec of [json(), msgpack(), struct({})]) expect(codec.ordered).toBe(false)
  })

  it('has a packing, except for msgpack', () => {
    for (const codec of [bool(), bytes(), date(), f64(), i64(), json(), string(), struct({}), u32(), u64(), uuid()]) {
      expect(packingOf(codec as codecs.Codec<any>)).toBe((codec as any)[packing])
    }
    expect(packingOf(msgpack())).toBeUndefined()
  })

  it('keeps its packing in a copy with a version, and loses it to functions of the copy', () => {
    expect(packingOf({ ...string(), version: 2 })).toBeDefined()
    expect(packingOf({ ...json(), decode: () => 1 })).toBeUndefined()
    expect(packingOf({ ...json(), encode: () => Buffer.alloc(0) })).toBeUndefined()
    expect(packingOf({ encode: () => Buffer.alloc(0), decode: () => 1 })).toBeUndefined()
  })

  it('works without this, and decodes any Uint8Array', () => {
    const { encode, decode } = u32()
    expect(decode(encode(7) as Buffer)).toBe(7)
    expect(decode(Uint8Array.of(9, 0, 0, 0, 7, 9).subarray(1, 5) as Buffer)).toBe(7)
    expect(() => decode('abcd' as unknown as Buffer)).toThrow(refused('decode: expected a Buffer'))
  })
})
