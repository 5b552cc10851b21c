import { describe, invalidArgument } from '../error.js'
import { fromPacking, type KeyCodec, type Packing } from './codec.js'
import { corrupt, wrongWidth } from './corrupt.js'

const packs: Packing<boolean> = {
  width: 1,
  zero: false,
  measure: () => 1,
  pack(value, io, at) {
    if (typeof value !== 'boolean') throw invalidArgument(`bool: expected a boolean, got ${describe(value)}`)
    io.bytes[at] = value ? 1 : 0
    return at + 1
  },
  unpack(io, at, end) {
    if (end - at !== 1) throw wrongWidth('bool', 1, end - at)
    const byte = io.bytes[at]!
    if (byte > 1) throw corrupt(`bool: expected 0 or 1, got ${byte}`)
    return byte === 1
  },
}

/**
 * Booleans: 1 byte, false before true.
 *
 * @throws {TypeError} at encode, for anything that isn't a boolean
 */
export const bool = (): KeyCodec<boolean> => fromPacking('bool', packs) as unknown as KeyCodec<boolean>
