import { describe, invalidArgument } from '../error.js'
import { fromPacking, type Io, type KeyCodec, type Packing } from './codec.js'
import { corrupt, wrongWidth } from './corrupt.js'

// The bytes of a number are its IEEE 754 bits with the sign flipped, where it is not negative, and with every bit
// inverted, where it is. So a positive number is stored as its own negation, which costs one instruction each way.

const scratch = new DataView(new ArrayBuffer(8))

const packs: Packing<number> = {
  width: 8,
  number: 'f64',
  zero: 0,
  measure: () => 8,
  pack(value, io, at) {
    if (typeof value !== 'number') throw invalidArgument(`f64: expected a number, got ${describe(value)}`)
    const { view } = io
    if (value >= 0) {
      // -0 + 0 is 0: equal numbers must be equal keys.
      view.setFloat64(at, -(value + 0))
      return at + 8
    }
    if (Number.isNaN(value)) throw invalidArgument('f64: expected a number that sorts, got NaN')
    view.setFloat64(at, value)
    view.setInt32(at, ~view.getInt32(at))
    view.setInt32(at + 4, ~view.getInt32(at + 4))
    return at + 8
  },
  unpack(io, at, end) {
    if (end - at !== 8) throw wrongWidth('f64', 8, end - at)
    const negated = io.view.getFloat64(at)
    return negated < 0 ? -negated : unpackRare(io, at)
  },
}

/** Zero, negative numbers and bytes that are no number. */
function unpackRare({ view }: Io, at: number): number {
  const high = view.getInt32(at)
  const positive = high < 0
  scratch.setInt32(0, positive ? high & 0x7fffffff : ~high)
  scratch.setInt32(4, positive ? view.getInt32(at + 4) : ~view.getInt32(at + 4))
  const value = scratch.getFloat64(0)
  if (Number.isNaN(value) || Object.is(value, -0)) throw corrupt('f64: these bytes are no number')
  return value
}

/**
 * Numbers: 8 bytes in numeric order, from -Infinity to Infinity. −0 becomes 0.
 *
 * @throws {TypeError} at encode, for NaN and for anything that isn't a number
 */
export const f64 = (): KeyCodec<number> => fromPacking('f64', packs) as unknown as KeyCodec<number>
