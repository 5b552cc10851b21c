import { describe, invalidArgument } from '../error.js'
import type { UnorderedCodec } from './codec.js'
import { corrupt } from './corrupt.js'
import { asBuffer } from './memory.js'
import { decodeMessage } from './msgpack-decode.js'
import { encodeMessage } from './msgpack-encode.js'
import { library } from './msgpack-library.js'

/**
 * Any value that MessagePack has, and Map, Set, Date and bigint (of 64 bits): compact, readable by other languages.
 * Bytes come back as a Buffer, instances of classes as plain objects; undefined becomes null in an array and goes from
 * an object. Not checked against T.
 *
 * @throws {TypeError} at encode, for what has no such form: undefined, functions, symbols, promises, errors, regular
 *   expressions, typed arrays other than Uint8Array, invalid dates, lone surrogates, keys named `__proto__`, cycles
 * @throws {RangeError} at encode, for a bigint of more than 64 bits
 */
export function msgpack<T = unknown>(): UnorderedCodec<T> {
  library()
  return {
    id: 'msgpack',
    ordered: false,
    encode(value) {
      if (value === undefined) throw invalidArgument(`msgpack: expected a value, got ${describe(value)}`)
      return encodeMessage(value)
    },
    decode(bytes) {
      const buffer = asBuffer(bytes)
      try {
        return decodeMessage(buffer) as T
      } catch (error) {
        throw corrupt('msgpack: these bytes are no MessagePack', error)
      }
    },
  }
}
