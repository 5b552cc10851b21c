import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ioOver, packingOf } from '../../src/codec/codec.js'
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
  uuid,
} from '../../src/codec/index.js'
import { structWith } from '../../src/codec/struct.js'
import { interpretStruct } from '../../src/codec/struct-interpreted.js'
import { keyCases } from './codec-arbitraries.js'

const text = fc.string({ unit: 'grapheme' })
const fields = { name: string(), sum: f64(), more: json(), id: optional(uuid()), key: tuple(string(), u32()) }
const records = fc.record({
  name: text,
  sum: fc.double({ noNaN: true }),
  more: fc.jsonValue(),
  id: fc.option(fc.uuid()),
  key: fc.tuple(text, fc.nat()),
})
const numbers = { a: u32(), b: f64(), c: optional(u32()) }
const numberRecords = fc.record({ a: fc.nat(), b: fc.double({ noNaN: true }), c: fc.option(fc.nat()) })
// What has a property of this name msgpack refuses to encode.
const plain = fc.jsonValue().filter(value => !JSON.stringify(value).includes('__proto__'))
const documents = fc.oneof(plain, fc.constant(new Map([[1n, new Set([new Date(0)])]])))

const cases: readonly [string, Codec<any>, fc.Arbitrary<any>][] = [
  ...keyCases.map(({ codec, values }) => [codec.id!, codec, values] as [string, Codec<any>, fc.Arbitrary<any>]),
  ['struct', struct(fields), records],
  ['struct, interpreted', structWith(fields, interpretStruct), records],
  ['struct of one width', struct(numbers), numberRecords],
  ['struct of one width, interpreted', structWith(numbers, interpretStruct), numberRecords],
  ['optional, of varying width', optional(string()), fc.option(text)],
  ['optional, of one width', optional(f64()), fc.option(fc.double({ noNaN: true }))],
  ['dictionary', dictionary(), text],
  [
    'dictionary in a struct',
    struct({ at: optional(dictionary()), n: u32() }),
    fc.record({ at: fc.option(text), n: fc.nat() }),
  ],
  ['json', json(), fc.jsonValue()],
  ['msgpack', msgpack(), documents],
]

/** Reads bytes that stand between others, and gives a text of what came out: a value or the corruption error. */
function outcome(codec: Codec<any>, bytes: Uint8Array, around: number): string {
  const memory = Buffer.concat([Buffer.alloc(16, around), bytes, Buffer.alloc(16, around)])
  const end = 16 + bytes.length
  const packs = packingOf(codec)
  try {
    return print(packs ? packs.unpack(ioOver(memory), 16, end) : codec.decode(memory.subarray(16, end)))
  } catch (error: any) {
    expect(error).toMatchObject({ name: 'MillpondError', code: 'ERR_MILLPOND_CORRUPTION' })
    return 'corrupt'
  }
}

function print(value: unknown): string {
  if (value instanceof Map || value instanceof Set) return print([...value])
  return JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? `${member}n` : member)) ?? String(value)
}

function check(codec: Codec<any>, bytes: Uint8Array) {
  const within = [0x00, 0xff, 0x01].map(around => outcome(codec, bytes, around))
  expect(new Set(within).size, 'reads nothing around its bytes').toBe(1)
}

describe.each(cases)('%s', (_, codec, values) => {
  it('makes a value or a corruption error of any bytes, and of those alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), bytes => check(codec, bytes)),
      { numRuns: 200 },
    )
  })

  it('does so of its own bytes cut off anywhere, and with any byte changed', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 255 }), (value, flip) => {
        const whole = Buffer.from(codec.encode(value))
        for (let length = 0; length < whole.length; length++) check(codec, whole.subarray(0, length))
        for (let i = 0; i < whole.length; i++) {
          const changed = Buffer.from(whole)
          changed[i]! ^= flip
          check(codec, changed)
        }
      }),
      { numRuns: 25 },
    )
  })
})
