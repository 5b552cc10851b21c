import { describe, expect, it } from 'vitest'
import { bound } from '../../../src/codec/bound.js'
import { packingOf } from '../../../src/codec/codec.js'
import { NOBODYS, TextCodes } from '../../../src/codec/codes.js'
import {
  type Codec,
  dictionary,
  f64,
  json,
  msgpack,
  optional,
  string,
  struct,
  tuple,
  u32,
} from '../../../src/codec/index.js'
import { structWith } from '../../../src/codec/struct.js'
import { PinnedCoding } from '../../../src/store/dictionary.js'
import { corrupt, refused } from './errors.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const decode = <T>(codec: Codec<T>, text: string) => codec.decode(Buffer.from(text, 'hex'))
const noCode = () => {
  throw new EvalError('no code generation here')
}

describe('dictionary', () => {
  it('is 4 bytes a string: the codes 0, 1, 2 …, the same for the same string', () => {
    const codec = dictionary()
    expect(['Fiji', 'Chad', 'Fiji', ''].map(text => hex(codec.encode(text)))).toEqual([
      '00000000',
      '01000000',
      '00000000',
      '02000000',
    ])
    expect(['00000000', '01000000', '02000000'].map(bytes => decode(codec, bytes))).toEqual(['Fiji', 'Chad', ''])
    expect([codec.id, codec.ordered, packingOf(codec)?.width]).toEqual(['dictionary', false, 4])
  })

  it('has codes of its own outside a store', () => {
    const [one, other] = [dictionary(), dictionary()]
    one.encode('a')
    expect(hex(other.encode('b'))).toBe('00000000')
    expect(one.decode(Buffer.alloc(4))).toBe('a')
  })

  it('refuses what is no string, lone surrogates, other lengths and codes that were not given', () => {
    const codec = dictionary()
    for (const bad of [undefined, null, 1, {}]) expect(() => codec.encode(bad as any)).toThrow(refused('dictionary'))
    expect(() => codec.encode('\ud800')).toThrow(refused('surrogate'))
    for (const bytes of ['', '000000', '0000000000']) expect(() => decode(codec, bytes)).toThrow(corrupt('4 bytes'))
    expect(() => decode(codec, '00000000')).toThrow(corrupt('no string has the code 0'))
    expect(() => decode(codec, 'ffffffff')).toThrow(corrupt('no string has the code 4294967295'))
  })

  it('has room for so many strings, and refuses one more', () => {
    const codec = bound(dictionary(), new TextCodes(2))
    for (const text of ['a', 'b', 'a']) codec.encode(text)
    const full = expect.objectContaining({ name: 'MillpondError', code: 'ERR_MILLPOND_FULL' })
    expect(() => codec.encode('c')).toThrow(full)
    expect(codec.encode('b')).toEqual(Buffer.from([1, 0, 0, 0]))
  })

  it.each([
    ['compiled', struct],
    ['interpreted', (fields: any) => structWith(fields, noCode)],
  ])('is a field of a struct at a fixed offset, %s', (_, make: any) => {
    const codec = make({ name: string(), country: dictionary(), n: u32(), to: optional(dictionary()) })
    const value = { name: 'x', country: 'Fiji', n: 1, to: 'Chad' }
    expect(codec.id).toBe('struct(name:string,country:dictionary,n:u32,to:optional(dictionary))')
    expect(codec.decode(codec.encode(value))).toEqual(value)
    expect(packingOf<any>(codec)!.fields!.get('country')!.offset).toBe(0)
    const codes = new TextCodes()
    codes.codeOf('Chad')
    const rebound = bound<Codec<any>>(codec, codes)
    expect(hex(rebound.encode(value))).toBe('01000000' + '00000001' + '0100000000' + '00000001' + '78')
    expect(rebound.decode(Buffer.from(rebound.encode(value)))).toEqual(value)
    expect([rebound.id, (rebound as any).fields]).toEqual([codec.id, codec.fields])
  })

  it('is bound with all that was put on the codec since, and inside what is made of foreign parts', () => {
    const codes = new TextCodes()
    codes.codeOf('Chad')
    const migrate = () => ({ at: 'x' })
    const versioned = bound({ ...struct({ at: dictionary() }), version: 2, migrate }, codes)
    expect([versioned.version, versioned.migrate]).toEqual([2, migrate])
    expect(hex(versioned.encode({ at: 'Chad' }))).toBe('00000000')
    const foreign = bound(struct({ any: msgpack(), at: dictionary() }), codes)
    expect(foreign.decode(Buffer.from(foreign.encode({ any: [1], at: 'Fiji' })))).toEqual({ any: [1], at: 'Fiji' })
    expect(codes.textOf(1)).toBe('Fiji')
  })

  it('is left alone in codecs that have none, or an encode of their own', () => {
    const codes = new TextCodes()
    const own = { ...dictionary(), encode: () => Buffer.from('own') }
    for (const codec of [string(), tuple(u32(), f64()), struct({ a: json() }), optional(u32()), own]) {
      expect(bound<Codec<any>>(codec, codes)).toBe(codec)
    }
  })

  it('gives out no code for what is looked for', () => {
    const { looking } = new PinnedCoding(new TextCodes())
    const codec = bound(struct({ at: dictionary(), n: u32() }), looking)
    expect(hex(codec.encode({ at: 'Fiji', n: 0 }))).toBe('ffffffff00000000')
    expect(() => codec.encode({ at: '\udc00', n: 0 })).toThrow(refused('surrogate'))
    expect(looking.codeOf('Fiji')).toBe(NOBODYS)
  })

  it('can be no part of a tuple: it does not sort, nor does an optional one', () => {
    expect(() => tuple(dictionary() as any)).toThrow(refused("doesn't sort"))
    expect(() => tuple(optional(dictionary()) as any)).toThrow(refused("doesn't sort"))
  })
})
