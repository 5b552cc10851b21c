import { describe, invalidArgument, outOfRange } from '../error.js'
import { fromPacking, type KeyCodec, type Packing } from './codec.js'
import { wrongWidth } from './corrupt.js'

const packs: Packing<bigint> = {
  width: 8,
  number: 'u64',
  zero: 0n,
  measure: () => 8,
  pack(value, io, at) {
    if (typeof value !== 'bigint') throw invalidArgument(`u64: expected a bigint, got ${describe(value)}`)
    if (BigInt.asUintN(64, value) !== value) throw outOfRange(`u64: expected 0n to ${2n ** 64n - 1n}n, got ${value}n`)
    io.view.setBigUint64(at, value)
    return at + 8
  },
  unpack(io, at, end) {
    if (end - at !== 8) throw wrongWidth('u64', 8, end - at)
    return io.view.getBigUint64(at)
  },
}

/**
 * Bigints from 0n to 2⁶⁴ − 1: 8 bytes, big-endian, in numeric order.
 *
 * @throws {TypeError} at encode, for anything that isn't a bigint
 * @throws {RangeError} at encode, for a bigint out of range
 */
export const u64 = (): KeyCodec<bigint> => fromPacking('u64', packs) as unknown as KeyCodec<bigint>
