import { corrupt } from './corrupt.js'
import { EXTENSION, MAX_DEPTH } from './msgpack-extensions.js'
import { library } from './msgpack-library.js'
import { checkSizes } from './msgpack-sizes.js'

/** The decoder hands its context to extensions: how deep they stand in each other. */
const extensionCodec = { tryToEncode: () => null, decode: decodeExtension }

/** The value of a message. Throws various errors for bytes that are none. Binary members share memory with `bytes`. */
export function decodeMessage(bytes: Buffer): unknown {
  return decodeNested(bytes, 0)
}

function decodeNested(bytes: Uint8Array, depth: number): unknown {
  checkSizes(bytes)
  return library().decode(bytes, { useBigInt64: true, extensionCodec, context: depth })
}

function decodeExtension(data: Uint8Array, type: number, depth: number): unknown {
  if (depth >= MAX_DEPTH) throw corrupt(`msgpack: nested deeper than ${MAX_DEPTH}`)
  switch (type) {
    case EXTENSION.date:
      return decodeDate(data)
    case EXTENSION.map:
      return decodeMap(decodeArray(data, depth))
    case EXTENSION.set:
      return new Set(decodeArray(data, depth))
    default:
      throw corrupt(`msgpack: unknown type of extension, ${type}`)
  }
}

function decodeDate(data: Uint8Array): Date {
  const date = library().decodeTimestampExtension(data)
  if (Number.isNaN(date.getTime())) throw corrupt('msgpack: a timestamp is out of range')
  return date
}

function decodeMap(entries: readonly unknown[]): Map<unknown, unknown> {
  if (entries.length % 2 !== 0) throw corrupt('msgpack: a map has a key without a value')
  const map = new Map<unknown, unknown>()
  for (let i = 0; i < entries.length; i += 2) map.set(entries[i], entries[i + 1])
  return map
}

function decodeArray(data: Uint8Array, depth: number): unknown[] {
  const array = decodeNested(data, depth + 1)
  if (!Array.isArray(array)) throw corrupt('msgpack: the contents of a map or a set are no array')
  return array
}
