import fc from 'fast-check'
import { bool, bytes, date, f64, i64, type KeyCodec, string, tuple, u32, u64, uuid } from '../../src/codec/index.js'

/** A key codec, its values, and their order as it should be. */
export interface KeyCase<T> {
  readonly codec: KeyCodec<T, any>
  readonly values: fc.Arbitrary<T>
  readonly compare: (a: T, b: T) => number
}

const ascending = <T extends number | bigint | boolean | string>(a: T, b: T) => (a < b ? -1 : a > b ? 1 : 0)

/** By code points, which `<` on strings is not. */
function byCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  for (const [i, character] of left.entries()) {
    const other = right[i]
    if (other === undefined) return 1
    const order = ascending(character.codePointAt(0)!, other.codePointAt(0)!)
    if (order !== 0) return order
  }
  return ascending(left.length, right.length)
}

/** Text with many zeros and with characters of every length in UTF-8, so that beginnings are often shared. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('\0', '\x01', 'a', 'b', '\x7f', 'é', '\uffff', '🦆'), maxLength: 6 }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary-ascii', maxLength: 60 }),
)
const octets = fc.oneof(
  fc.uint8Array({ maxLength: 6, max: 2 }),
  fc.uint8Array({ maxLength: 6, min: 254 }),
  fc.uint8Array({ maxLength: 50 }),
)

const strings: KeyCase<string> = { codec: string(), values: text, compare: byCodePoints }
const u32s: KeyCase<number> = {
  codec: u32(),
  values: fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  compare: ascending,
}

export const simpleKeys: readonly KeyCase<any>[] = [
  strings,
  u32s,
  { codec: bytes(), values: octets, compare: Buffer.compare } satisfies KeyCase<Uint8Array>,
  { codec: u64(), values: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), compare: ascending } satisfies KeyCase<bigint>,
  { codec: i64(), values: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), compare: ascending },
  { codec: f64(), values: fc.double({ noNaN: true }), compare: ascending } satisfies KeyCase<number>,
  { codec: bool(), values: fc.boolean(), compare: ascending } satisfies KeyCase<boolean>,
  {
    codec: date(),
    values: fc.date({ noInvalidDate: true }),
    compare: (a: Date, b: Date) => ascending(a.getTime(), b.getTime()),
  } satisfies KeyCase<Date>,
  { codec: uuid(), values: fc.uuid(), compare: ascending } satisfies KeyCase<string>,
]

/** Tuples of these cases, in order of their parts. */
function tupleCase(...parts: KeyCase<any>[]): KeyCase<any[]> {
  return {
    codec: (tuple as any)(...parts.map(part => part.codec)),
    values: fc.tuple(...parts.map(part => part.values)),
    compare(a, b) {
      for (const [i, part] of parts.entries()) {
        const order = part.compare(a[i], b[i])
        if (order !== 0) return order
      }
      return 0
    },
  }
}

const inner = tupleCase(strings, strings)

export const tupleKeys: readonly KeyCase<any>[] = [
  ...simpleKeys.map(part => tupleCase(part, u32s)),
  tupleCase(strings, strings, strings),
  tupleCase(u32s, inner),
  tupleCase(inner, strings),
  tupleCase(tupleCase(u32s, u32s), strings),
  tupleCase(inner, tupleCase(inner, strings), inner),
]

export const keyCases: readonly KeyCase<any>[] = [...simpleKeys, ...tupleKeys]
