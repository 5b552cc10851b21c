import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ioOver, packingOf } from '../../src/codec/codec.js'
import {
  bool,
  bytes,
  type Codec,
  date,
  f64,
  json,
  msgpack,
  optional,
  string,
  struct,
  tuple,
  u32,
} from '../../src/codec/index.js'
import { structWith } from '../../src/codec/struct.js'
import { compileStruct } from '../../src/codec/struct-compiled.js'
import { interpretStruct } from '../../src/codec/struct-interpreted.js'

const RUNS = { numRuns: 300 }

const text = fc.string({ unit: 'grapheme' })

/** Codecs for fields, and their values. */
const fieldCases: readonly [Codec<any>, fc.Arbitrary<unknown>][] = [
  [u32(), fc.nat()],
  [f64(), fc.double({ noNaN: true }).map(value => value + 0)],
  [bool(), fc.boolean()],
  [string(), text],
  [bytes(), fc.uint8Array().map(value => Buffer.from(value))],
  [date(), fc.date({ noInvalidDate: true })],
  [json(), fc.jsonValue().map(value => JSON.parse(JSON.stringify(value)))],
  [tuple(string(), u32()), fc.tuple(text, fc.nat())],
  [optional(f64()), fc.option(fc.double({ noNaN: true }).map(value => value + 0))],
  [optional(string()), fc.option(text)],
  [struct({ a: string(), b: u32() }), fc.record({ a: text, b: fc.nat() })],
]

const names = fc.string().filter(name => name !== '__proto__')

/** The fields of a struct, and a value of it. */
const structs = fc
  .dictionary(names, fc.nat(fieldCases.length - 1), { maxKeys: 6, noNullPrototype: true })
  .chain(indexes =>
    fc.record({
      fields: fc.constant(own(indexes, i => fieldCases[i]![0])),
      value: fc.record(
        own(indexes, i => fieldCases[i]![1]),
        { noNullPrototype: true },
      ),
    }),
  )

function own<T>(indexes: Record<string, number>, pick: (index: number) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(indexes).map(([name, index]) => [name, pick(index)]))
}

describe('struct', () => {
  it('gives its values back, compiled and interpreted, in the same bytes', () => {
    fc.assert(
      fc.property(structs, ({ fields, value }) => {
        const [compiled, interpreted] = [compileStruct, interpretStruct].map(make => structWith(fields, make))
        const encoded = Buffer.from(compiled!.encode(value))
        expect(Buffer.from(interpreted!.encode(value))).toEqual(encoded)
        for (const codec of [compiled!, interpreted!]) {
          expect(codec.decode(encoded)).toEqual(value)
          expect(Object.keys(codec.decode(encoded))).toEqual(Object.keys(fields))
        }
      }),
      RUNS,
    )
  })

  it('writes in the room that it measured', () => {
    fc.assert(
      fc.property(structs, ({ fields, value }) => {
        const packs = packingOf(struct(fields))!
        const prepared = packs.prepare!(value)
        const io = ioOver(Buffer.alloc(packs.measure(prepared) + 8, 0xaa))
        const end = packs.pack(prepared, io, 4)
        expect(end).toBeLessThanOrEqual(io.bytes.length - 4)
        expect(io.bytes.toString('hex', io.bytes.length - 4)).toBe('aaaaaaaa')
        expect(packs.unpack(io, 4, end)).toEqual(value)
      }),
      RUNS,
    )
  })
})

describe('msgpack', () => {
  it('gives its values back', () => {
    const primitives = fc.oneof(
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true }).map(value => value + 0),
      fc.maxSafeInteger().map(value => value + 0),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      text,
      fc.date({ noInvalidDate: true }),
      fc.uint8Array().map(value => Buffer.from(value)),
    )
    const { value: values } = fc.letrec<{ value: unknown }>(tie => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        primitives,
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(names, tie('value'), { maxKeys: 5, noNullPrototype: true }),
        fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map(entries => new Map(entries)),
        fc.array(primitives, { maxLength: 4 }).map(members => new Set(members)),
      ),
    }))
    const codec = msgpack()
    fc.assert(
      fc.property(values, value => {
        expect(codec.decode(Buffer.from(codec.encode(value)))).toEqual(value)
      }),
      RUNS,
    )
  })
})
