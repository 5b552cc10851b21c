import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ioOver, packingOf } from '../../src/codec/codec.js'
import { encodePrefix } from '../../src/codec/prefix.js'
import { keyCases, tupleKeys } from './codec-arbitraries.js'

const RUNS = { numRuns: 300 }

describe.each(keyCases.map(keyCase => [keyCase.codec.id, keyCase] as const))('%s', (_, { codec, values, compare }) => {
  it('sorts its bytes as its values', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(Buffer.compare(codec.encode(a), codec.encode(b))).toBe(Math.sign(compare(a, b)))
      }),
      RUNS,
    )
  })

  it('gives its values back', () => {
    fc.assert(
      fc.property(values, value => {
        expect(compare(codec.decode(Buffer.from(codec.encode(value))), value)).toBe(0)
      }),
      RUNS,
    )
  })

  it('writes in the room that it measured, and nothing around it', () => {
    const packs = packingOf(codec)!
    fc.assert(
      fc.property(values, value => {
        const prepared = packs.prepare ? packs.prepare(value) : value
        const room = packs.measure(prepared)
        const io = ioOver(Buffer.alloc(room + 20, 0xaa))
        const end = packs.pack(prepared, io, 10)
        expect(end - 10).toBeLessThanOrEqual(room)
        expect([...io.bytes.subarray(0, 10), ...io.bytes.subarray(10 + room)]).toEqual(Array(20).fill(0xaa))
        expect(compare(packs.unpack(io, 10, end), value)).toBe(0)
      }),
      RUNS,
    )
  })
})

describe.each(tupleKeys.map(keyCase => [keyCase.codec.id, keyCase] as const))(
  'a head of %s',
  (_, { codec, values }) => {
    it('begins exactly the tuples that begin with its elements', () => {
      fc.assert(
        fc.property(values, values, fc.nat(), (a, b, n) => {
          const head = a.slice(0, n % a.length)
          const prefix = Buffer.from(encodePrefix(codec, head))
          const begins = (value: any) => prefix.equals(Buffer.from(codec.encode(value)).subarray(0, prefix.length))
          expect(begins(a)).toBe(true)
          const same = Buffer.from(codec.encode([...head, ...b.slice(head.length)])).equals(
            Buffer.from(codec.encode(b)),
          )
          expect(begins(b)).toBe(same)
        }),
        RUNS,
      )
    })
  },
)
