import { describe, invalidArgument, outOfRange } from '../error.js'
import { fromPacking, type KeyCodec, type Packing } from './codec.js'
import { wrongWidth } from './corrupt.js'

const packs: Packing<number> = {
  width: 4,
  number: 'u32',
  zero: 0,
  measure: () => 4,
  pack(value, io, at) {
    if (typeof value !== 'number') throw invalidArgument(`u32: expected a number, got ${describe(value)}`)
    if (value >>> 0 !== value) throw outOfRange(`u32: expected an integer from 0 to 4294967295, got ${value}`)
    io.view.setUint32(at, value)
    return at + 4
  },
  unpack(io, at, end) {
    if (end - at !== 4) throw wrongWidth('u32', 4, end - at)
    return io.view.getUint32(at)
  },
}

/**
 * Integers from 0 to 4294967295: 4 bytes, big-endian, in numeric order.
 *
 * @throws {TypeError} at encode, for anything that isn't a number
 * @throws {RangeError} at encode, for a number that is not such an integer
 */
export const u32 = (): KeyCodec<number> => fromPacking('u32', packs) as unknown as KeyCodec<number>
