import { types } from 'node:util'
import { describe, invalidArgument } from '../error.js'
import { fromPacking, type KeyCodec, type Packing } from './codec.js'
import { copyInto, copyOut, lengthOf } from './memory.js'
import { takesPrefix } from './prefix.js'

function checkedLength(value: Uint8Array): number {
  if (!types.isUint8Array(value)) throw invalidArgument(`bytes: expected a Uint8Array, got ${describe(value)}`)
  const length = lengthOf(value)
  if (length === undefined) throw invalidArgument('bytes: expected a Uint8Array, got one whose memory was transferred')
  return length
}

const packs: Packing<Uint8Array> = {
  width: undefined,
  zero: Buffer.alloc(0),
  measure: checkedLength,
  pack(value, io, at) {
    const length = checkedLength(value)
    copyInto(io.bytes, at, value, length)
    return at + length
  },
  unpack: (io, at, end) => copyOut(io.bytes, at, end),
}

/**
 * Bytes as they are, in unsigned order. Takes any Uint8Array, returns a Buffer of its own. A prefix is a Uint8Array.
 *
 * @throws {TypeError} at encode, for anything that isn't a Uint8Array, and for one whose memory was transferred
 */
export const bytes = (): KeyCodec<Uint8Array, Uint8Array> =>
  takesPrefix(fromPacking('bytes', packs)) as unknown as KeyCodec<Uint8Array, Uint8Array>
