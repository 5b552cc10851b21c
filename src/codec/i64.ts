import { describe, invalidArgument, outOfRange } from '../error.js'
import { fromPacking, type KeyCodec, type Packing } from './codec.js'
import { wrongWidth } from './corrupt.js'

const BIAS = 2n ** 63n

const packs: Packing<bigint> = {
  width: 8,
  number: 'i64',
  zero: 0n,
  measure: () => 8,
  pack(value, io, at) {
    if (typeof value !== 'bigint') throw invalidArgument(`i64: expected a bigint, got ${describe(value)}`)
    if (BigInt.asIntN(64, value) !== value) {
      throw outOfRange(`i64: expected ${-BIAS}n to ${BIAS - 1n}n, got ${value}n`)
    }
    io.view.setBigInt64(at, value)
    io.bytes[at]! ^= 0x80
    return at + 8
  },
  unpack(io, at, end) {
    if (end - at !== 8) throw wrongWidth('i64', 8, end - at)
    return BigInt.asIntN(64, io.view.getBigUint64(at) - BIAS)
  },
}

/**
 * Bigints from −2⁶³ to 2⁶³ − 1: 8 bytes, big-endian with the sign bit flipped, so that negative ones come first.
 *
 * @throws {TypeError} at encode, for anything that isn't a bigint
 * @throws {RangeError} at encode, for a bigint out of range
 */
export const i64 = (): KeyCodec<bigint> => fromPacking('i64', packs) as unknown as KeyCodec<bigint>
