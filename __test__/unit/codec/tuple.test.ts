import { describe, expect, it, vi } from 'vitest'
import { ioOver, packingOf } from '../../../src/codec/codec.js'
import { type Codec, json, type KeyCodec, string, struct, tuple, u32, u64, uuid } from '../../../src/codec/index.js'
import { encodeHead, tupleWith } from '../../../src/codec/tuple.js'
import { compileTuple } from '../../../src/codec/tuple-compiled.js'
import { interpretTuple } from '../../../src/codec/tuple-interpreted.js'
import { corrupt, refused } from './errors.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** A codec of the user's, that sorts. */
const foreign = (): KeyCodec<string> =>
  ({
    encode: (value: string) => Buffer.from(value),
    decode: (bytes: Buffer) => bytes.toString(),
  }) satisfies Codec<string> as unknown as KeyCodec<string>

describe.each([
  ['compiled', compileTuple],
  ['interpreted', interpretTuple],
])('a tuple, %s', (_, make) => {
  it('has parts of fixed width as they are, and the last as it is', () => {
    expect(hex(tupleWith([u32(), string()], make).encode([1, 'a\0']))).toBe('000000016100')
  })

  it('escapes a part of varying width that another follows, and ends it', () => {
    const codec = tupleWith([string(), u32()], make)
    expect(hex(codec.encode(['a\0b', 1]))).toBe('6100ff62000000000001')
    expect(hex(codec.encode(['', 0]))).toBe('000000000000')
    for (const text of ['', '\0', '\0\0', 'a\0', '\0a', 'é\0ü', 'a'.repeat(100), '\0'.repeat(100)]) {
      expect(codec.decode(Buffer.from(codec.encode([text, 7])))).toEqual([text, 7])
    }
  })

  it('holds tuples anywhere', () => {
    const inner = tupleWith([string(), string()], make)
    const codec = tupleWith([inner, tupleWith([u32(), u32()], make), inner], make)
    const value: Parameters<typeof codec.encode>[0] = [
      ['a\0', '\0b'],
      [1, 2],
      ['', '\0'],
    ]
    expect(codec.decode(Buffer.from(codec.encode(value)))).toEqual(value)
    expect(codec.id).toBe('tuple(tuple(string,string),tuple(u32,u32),tuple(string,string))')
  })

  it('refuses an array of another length and what is no array', () => {
    const codec = tupleWith([string(), u32()], make)
    for (const value of [[], ['a'], ['a', 1, 2]]) expect(() => codec.encode(value as any)).toThrow(refused('length 2'))
    for (const value of ['ab', { 0: 'a', 1: 1, length: 2 }, null, undefined]) {
      expect(() => codec.encode(value as any)).toThrow(refused('tuple: expected an array'))
    }
  })

  it('names the part whose value it refuses', () => {
    const codec = tupleWith([string(), u32()], make)
    expect(() => codec.encode(['a', 'b'] as any)).toThrow(refused('tuple part 1: u32: expected a number, got "b"'))
    expect(() => codec.encode([undefined, 1] as any)).toThrow(refused('tuple part 0: string: expected a string'))
    const nested = tupleWith([u32(), codec], make)
    expect(() => nested.encode([1, ['a', null]] as any)).toThrow(refused('tuple part 1: tuple part 1: u32'))
  })

  it('reads each element once, before it writes', () => {
    const codec = tupleWith([string(), u32()], make)
    const read = vi.fn(() => 'a')
    const value = Object.defineProperty([undefined, 1], 0, { get: read })
    expect(hex(codec.encode(value as any))).toBe('61000000000001')
    expect(read).toHaveBeenCalledTimes(1)
  })

  it('passes on what a getter throws', () => {
    const error = new Error('mine')
    const value = Object.defineProperty(['a', 1], 1, {
      get() {
        throw error
      },
    })
    expect(() => tupleWith([string(), u32()], make).encode(value as any)).toThrow(error)
  })

  it('refuses bytes that end early, go on, or have no end of a part', () => {
    const codec = tupleWith([u32(), string(), u32()], make)
    const whole = Buffer.from(codec.encode([1, 'a\0b', 2]))
    for (let length = 0; length < whole.length; length++) {
      expect(() => codec.decode(whole.subarray(0, length))).toThrow(corrupt('tuple'))
    }
    expect(() => codec.decode(Buffer.concat([whole, Buffer.alloc(1)]))).toThrow(corrupt('tuple'))
    expect(() => codec.decode(Buffer.from('00000001610001620000', 'hex'))).toThrow(corrupt('no end'))
  })

  it('reads nothing outside its slice', () => {
    const packs = packingOf(tupleWith([string(), string()], make))!
    const io = ioOver(Buffer.concat([Buffer.from('a'), Buffer.alloc(20)]))
    expect(() => packs.unpack(io, 0, 1)).toThrow(corrupt('no end'))
    expect(() => packs.unpack(io, 0, 2)).toThrow(corrupt('no end'))
    expect(packs.unpack(io, 0, 3)).toEqual(['a', ''])
    const fixed = packingOf(tupleWith([string(), u32()], make))!
    expect(() => fixed.unpack(io, 0, 3)).toThrow(corrupt('inside a part'))
  })

  it('works with a codec of the user among its parts, without shared memory', () => {
    const codec = tupleWith([foreign(), u32(), foreign()], make)
    expect(codec.id).toBeUndefined()
    expect(packingOf(codec)).toBeUndefined()
    expect(codec.decode(Buffer.from(codec.encode(['a\0b', 1, 'c'])))).toEqual(['a\0b', 1, 'c'])
    expect(hex(encodeHead(codec, ['a'])!)).toBe('610000')
  })

  it('copies what an encoder of the user returns before it asks for the next', () => {
    const memory = Buffer.alloc(4)
    const reusing = { ...foreign(), encode: (value: string) => memory.subarray(0, memory.write(value)) }
    const codec = tupleWith([reusing, reusing], make)
    expect(codec.decode(Buffer.from(codec.encode(['a', 'bc'])))).toEqual(['a', 'bc'])
  })
})

describe('tuple', () => {
  it('names its parts in its id', () => {
    expect(tuple(string(), u32()).id).toBe('tuple(string,u32)')
    expect(tuple(uuid()).id).toBe('tuple(uuid)')
  })

  it('has a width if all its parts have one', () => {
    expect(packingOf(tuple(u32(), u64()))?.width).toBe(12)
    expect(packingOf(tuple(u32(), string()))?.width).toBeUndefined()
  })

  it('refuses to be made of nothing, of what is no codec, or of what does not sort', () => {
    expect(() => (tuple as any)()).toThrow(refused('tuple: expected at least one part'))
    expect(() => (tuple as any)(string(), {})).toThrow(refused('tuple part 1'))
    expect(() => (tuple as any)(json())).toThrow(refused('sort'))
    expect(() => (tuple as any)(struct({ a: u32() }))).toThrow(refused('sort'))
    expect(() => (tuple as any)({ ...string(), version: 1 })).toThrow(refused('version'))
  })
})
