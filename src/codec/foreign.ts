import { types } from 'node:util'
import { describe, MillpondError } from '../error.js'
import type { Codec, Packing } from './codec.js'
import { copyInto, copyOut, lengthOf } from './memory.js'

/**
 * What a codec of the user's makes of a value, as it gave it: not a copy, not to be kept.
 *
 * @throws {MillpondError} ERR_MILLPOND_CODEC, for a result that isn't a Uint8Array; and whatever `encode` throws
 */
export function encodeForeign(codec: Codec<any>, value: unknown): Uint8Array {
  const result: unknown = codec.encode(value)
  if (types.isUint8Array(result) && lengthOf(result) !== undefined) return result
  const message = `${codec.id ?? 'codec'}: encode must return a Uint8Array, got ${describeResult(result)}`
  throw new MillpondError('ERR_MILLPOND_CODEC', message)
}

/** The same as a copy of its own: an encoder may hand out the same memory for the next value, or take it away. */
export function encodeForeignCopy(codec: Codec<any>, value: unknown): Buffer {
  const result = encodeForeign(codec, value)
  const bytes = Buffer.allocUnsafe(lengthOf(result)!)
  copyInto(bytes, 0, result, bytes.length)
  return bytes
}

function describeResult(result: unknown): string {
  if (types.isPromise(result)) return 'a promise'
  return types.isUint8Array(result) ? 'one whose memory was transferred' : describe(result)
}

class Encoded {
  constructor(readonly bytes: Buffer) {}
}

/**
 * Lets a codec of the user's be a part of a built-in one. It is finished with encoding once a value is prepared, but
 * it runs user code as it unpacks: for private packings only.
 */
export function foreignPacking(codec: Codec<any>): Packing<any> {
  return {
    width: undefined,
    prepare(value) {
      return value instanceof Encoded ? value : new Encoded(encodeForeignCopy(codec, value))
    },
    measure: (value: Encoded) => value.bytes.length,
    pack: ({ bytes }: Encoded, io, at) => at + bytes.copy(io.bytes, at),
    unpack: (io, at, end) => codec.decode(copyOut(io.bytes, at, end)),
  }
}
