import { describe, expect, it, vi } from 'vitest'
import { ioOver, packingOf } from '../../../src/codec/codec.js'
import {
  bool,
  bytes,
  type Codec,
  date,
  f64,
  i64,
  json,
  msgpack,
  optional,
  string,
  struct,
  tuple,
  u32,
} from '../../../src/codec/index.js'
import { structWith } from '../../../src/codec/struct.js'
import { compileStruct } from '../../../src/codec/struct-compiled.js'
import { interpretStruct } from '../../../src/codec/struct-interpreted.js'
import { corrupt, outOfRange, refused } from './errors.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const foreign: Codec<string> = { encode: value => Buffer.from(value), decode: bytes => bytes.toString() }

describe.each([
  ['compiled', compileStruct],
  ['interpreted', interpretStruct],
])('a struct, %s', (_, make) => {
  const stats = structWith({ name: string(), count: u32(), tags: json<string[]>(), on: bool() }, make)
  const value = { name: 'ü', count: 258, tags: ['a'], on: true }

  it('has the fields of fixed width first, and then the others after their lengths', () => {
    expect(hex(stats.encode(value))).toBe(
      ['00000102', '01', '00000002', 'c3bc', '00000005', hex(Buffer.from('["a"]'))].join(''),
    )
  })

  it('gives back the fields in declared order', () => {
    const { on, tags, count, name } = value
    const decoded = stats.decode(Buffer.from(stats.encode({ on, tags, count, name })))
    expect(decoded).toEqual(value)
    expect(Object.keys(decoded)).toEqual(['name', 'count', 'tags', 'on'])
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
  })

  it('holds every codec', () => {
    const codec = structWith(
      {
        a: i64(),
        b: bytes(),
        c: date(),
        d: optional(string()),
        e: tuple(string(), u32()),
        f: structWith({ x: f64(), y: string() }, make),
        g: json(),
        h: optional(f64()),
      },
      make,
    )
    const all = {
      a: -1n,
      b: Buffer.from([0, 1]),
      c: new Date(5),
      d: null,
      e: ['a\0', 1] as [string, number],
      f: { x: -1.5, y: '' },
      g: { any: [null] },
      h: null,
    }
    expect(codec.decode(Buffer.from(codec.encode(all)))).toEqual(all)
    expect(packingOf(codec)).toBeDefined()
  })

  it('refuses a missing field, a field of the wrong type and what is no object', () => {
    expect(() => stats.encode({ ...value, count: undefined } as any)).toThrow(refused('struct field count: missing'))
    expect(() => stats.encode({ count: 1 } as any)).toThrow(refused(/^struct field \w+: missing$/))
    expect(() => stats.encode({ ...value, on: 1 } as any)).toThrow(refused('struct field on: bool: expected a boolean'))
    expect(() => stats.encode({ ...value, count: -1 })).toThrow(outOfRange('struct field count: u32'))
    expect(() => stats.encode({ ...value, tags: () => 1 } as any)).toThrow(refused('struct field tags: json'))
    for (const none of [null, undefined, 1, 'a']) {
      expect(() => stats.encode(none as any)).toThrow(refused('struct: expected an object'))
    }
  })

  it('takes instances of classes, and leaves other properties out', () => {
    class Stats {
      get name() {
        return 'ü'
      }
      count = 258
      tags = ['a']
      on = true
      more = 1
    }
    expect(hex(stats.encode(new Stats()))).toBe(hex(stats.encode(value)))
  })

  it('reads each field once, before it writes the first byte', () => {
    const packs = packingOf(structWith({ count: u32(), sum: f64() }, make))!
    const io = ioOver(Buffer.alloc(12))
    const read = vi.fn(() => {
      expect(hex(io.bytes)).toBe('00'.repeat(12))
      return 1
    })
    const lazy = {
      count: 1,
      get sum() {
        return read()
      },
    }
    expect(packs.pack(lazy, io, 0)).toBe(12)
    expect(read).toHaveBeenCalledTimes(1)
  })

  it('runs no user code on a prepared value', () => {
    const packs = packingOf(stats)!
    const read = vi.fn(() => 'ü')
    const tags = { toJSON: vi.fn(() => ['a']) }
    const prepared = packs.prepare!({
      ...value,
      get name() {
        return read()
      },
      tags,
    } as any)
    const io = ioOver(Buffer.alloc(packs.measure(prepared)))
    const end = packs.pack(prepared, io, 0)
    expect(io.bytes.subarray(0, end)).toEqual(Buffer.from(stats.encode(value)))
    expect(read).toHaveBeenCalledTimes(1)
    expect(tags.toJSON).toHaveBeenCalledTimes(1)
  })

  it('passes on what a getter throws', () => {
    const error = new TypeError('mine')
    const throwing = {
      ...value,
      get count(): number {
        throw error
      },
    }
    expect(() => stats.encode(throwing)).toThrow(error)
  })

  it('refuses bytes cut off anywhere, and bytes that go on', () => {
    const fixed = structWith({ a: f64(), b: u32() }, make) as Codec<any>
    for (const [codec, whole] of [
      [stats as Codec<any>, Buffer.from(stats.encode(value))],
      [fixed, Buffer.from(fixed.encode({ a: 1, b: 2 }))],
    ] as const) {
      for (let length = 0; length < whole.length; length++) {
        expect(() => codec.decode(whole.subarray(0, length))).toThrow(corrupt('struct'))
      }
      expect(() => codec.decode(Buffer.concat([whole, Buffer.alloc(1)]))).toThrow(corrupt('struct'))
    }
  })

  it('refuses a length that points outside, though there is memory', () => {
    const memory = Buffer.alloc(100)
    const { length } = stats.encode(value)
    memory.set(stats.encode(value))
    memory.writeUInt32BE(90, 5)
    expect(() => stats.decode(memory.subarray(0, length))).toThrow(corrupt('struct'))
    memory.writeUInt32BE(0xffffffff, 5)
    expect(() => stats.decode(memory.subarray(0, length))).toThrow(corrupt('struct'))
  })

  it('takes any text for a name of a field', () => {
    const names = [
      'a"b',
      "a'b",
      'a\\',
      '`$',
      '{1}`',
      '\u2028',
      '\ud800',
      'constructor',
      'toString',
      '',
      'value',
      'io',
      '0',
    ]
    const codec = structWith(Object.fromEntries(names.map(name => [name, u32()])), make)
    const numbers = Object.fromEntries(names.map((name, i) => [name, i]))
    expect(codec.decode(Buffer.from(codec.encode(numbers)))).toEqual(numbers)
    expect(() => codec.encode({})).toThrow(refused('struct field 0: missing'))
  })

  it('takes what a field inherits for no value of it', () => {
    const codec = structWith({ constructor: u32() } as Record<string, Codec<number>>, make)
    expect(() => codec.encode({})).toThrow(refused('struct field constructor: u32'))
  })

  it('may have no field', () => {
    const codec = structWith({}, make)
    expect(codec.encode({})).toHaveLength(0)
    expect(codec.decode(Buffer.alloc(0))).toEqual({})
    expect(() => codec.decode(Buffer.alloc(1))).toThrow(corrupt())
    expect(() => codec.encode(null as any)).toThrow(refused())
  })

  it('works with codecs of the user, which get copies, and without shared memory then', () => {
    const seen: Buffer[] = []
    const keeping: Codec<string> = {
      ...foreign,
      decode(bytes) {
        seen.push(bytes)
        return bytes.toString()
      },
    }
    const codec = structWith({ a: keeping, n: u32(), m: msgpack() }, make)
    expect(packingOf(codec)).toBeUndefined()
    const encoded = Buffer.from(codec.encode({ a: 'abc', n: 1, m: new Set([1]) }))
    expect(codec.decode(encoded)).toEqual({ a: 'abc', n: 1, m: new Set([1]) })
    encoded.fill(0)
    expect(seen[0]!.toString()).toBe('abc')
  })

  it('passes on the errors of codecs of the user', () => {
    const error = new Error('mine')
    const throwing: Codec<string> = {
      ...foreign,
      encode: () => {
        throw error
      },
    }
    expect(() => structWith({ a: throwing }, make).encode({ a: '' })).toThrow(error)
    const asynchronous = { ...foreign, encode: async () => Buffer.alloc(0) } as unknown as Codec<string>
    expect(() => structWith({ a: asynchronous }, make).encode({ a: '' })).toThrow(
      /must return a Uint8Array, got a promise/,
    )
  })
})

describe('struct', () => {
  it('names its fields in its id, in quotes where they are no identifiers', () => {
    expect(struct({ count: u32(), sum: f64() }).id).toBe('struct(count:u32,sum:f64)')
    expect(struct({ 'a:b': u32(), 'x"': u32() }).id).toBe('struct("a:b":u32,"x\\"":u32)')
    expect(struct({ a: struct({ b: optional(string()) }) }).id).toBe('struct(a:struct(b:optional(string)))')
    expect(struct({ a: foreign }).id).toBeUndefined()
  })

  it('lists its fields', () => {
    const { fields } = struct({ b: u32(), a: string() })
    expect(fields).toEqual(['b', 'a'])
    expect(Object.isFrozen(fields)).toBe(true)
  })

  it('tells where the fields of fixed width stand', () => {
    const packs = packingOf(struct({ name: string(), count: u32(), sum: f64() }))!
    expect([...packs.fields!].map(([name, { offset }]) => [name, offset])).toEqual([
      ['count', 0],
      ['sum', 4],
    ])
    expect(packs.fields!.get('sum')!.packing.number).toBe('f64')
    expect(packs.width).toBeUndefined()
    expect(packingOf(struct({ count: u32(), sum: f64() }))!.width).toBe(12)
  })

  it('has a zero if all its fields have one', () => {
    const { zero } = packingOf(struct({ a: u32(), b: i64(), c: string(), d: bool(), e: optional(date()) }))!
    expect(zero).toEqual({ a: 0, b: 0n, c: '', d: false, e: null })
    expect(packingOf(struct({ a: u32(), b: date() }))!.zero).toBeUndefined()
  })

  it('refuses a field named __proto__, a prototype in place of fields, and what is no codec', () => {
    expect(() => struct({ ['__proto__']: u32() })).toThrow(refused('__proto__'))
    expect(() => struct(JSON.parse('{"__proto__":{}}'))).toThrow(refused('__proto__'))
    expect(() => struct({ __proto__: u32() } as any)).toThrow(refused('plain object'))
    expect(() => struct({ a: 1 } as any)).toThrow(refused('struct field a: expected a codec'))
    expect(() => struct({ a: { ...u32(), version: 1 } })).toThrow(refused('struct field a: a codec with a version'))
    for (const none of [null, undefined, [u32()], 'a']) expect(() => struct(none as any)).toThrow(refused('struct'))
  })

  it('is interpreted where code may not be generated', () => {
    const forbidden = () => {
      throw new EvalError('Code generation from strings disallowed for this context')
    }
    const codec = structWith({ a: u32(), b: string() }, forbidden)
    expect(codec.decode(Buffer.from(codec.encode({ a: 1, b: 'x' })))).toEqual({ a: 1, b: 'x' })
  })
})
