import { types } from 'node:util'
import type { Encoder, ExtData } from '@msgpack/msgpack'
import { describe, invalidArgument, outOfRange } from '../error.js'
import { copyInto, lengthOf } from './memory.js'
import { EXTENSION, MAX_DEPTH } from './msgpack-extensions.js'
import { library } from './msgpack-library.js'

// The library's encoder is given a copy that holds only what it can write and no user code. On the value itself it
// would write a wrong length where a getter changes an array under it, cut a long bigint, turn a lone surrogate into
// another character, and take a `__proto__` that its decoder refuses.

const options = {
  useBigInt64: true,
  maxDepth: MAX_DEPTH + 1,
  extensionCodec: {
    tryToEncode: (object: unknown) => (object instanceof library().ExtData ? object : null),
    decode: () => undefined,
  },
}

const { getTime } = Date.prototype
const { isWellFormed } = String.prototype as unknown as { isWellFormed(this: string): boolean }
const mapForEach = Map.prototype.forEach
const setForEach = Set.prototype.forEach

// One for all: a new one takes 1 µs, for its buffer.
let encoder: Encoder | undefined

/** Past this its buffer, which grows to twice the longest message, is let go. */
const KEPT_BYTES = 64 * 1024

/** The message for a value. */
export function encodeMessage(value: unknown): Uint8Array {
  return write(plain(value, 0))
}

function write(message: unknown): Uint8Array {
  encoder ??= new (library().Encoder)(options)
  const bytes = encoder.encode(message)
  if (bytes.length > KEPT_BYTES) encoder = undefined
  return bytes
}

function plain(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'object':
      return value === null ? null : plainObject(value, depth + 1)
    case 'string':
      return wellFormed(value)
    case 'bigint':
      return inRange(value)
    case 'function':
    case 'symbol':
      throw invalidArgument(`msgpack: ${describe(value)} can't be stored`)
    default:
      return value
  }
}

function wellFormed(text: string): string {
  if (!isWellFormed.call(text)) throw invalidArgument('msgpack: expected well-formed text, got a lone surrogate')
  return text
}

function inRange(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value) return value
  throw outOfRange(`msgpack: expected a bigint of 64 bits, got ${value}n`)
}

function plainObject(value: object, depth: number): unknown {
  if (depth > MAX_DEPTH) throw invalidArgument(`msgpack: nested deeper than ${MAX_DEPTH}, or a cycle`)
  if (Array.isArray(value)) return plainArray(value, depth)
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
    ? plainRecord(value, depth)
    : (special(value, depth) ?? plainRecord(value, depth))
}

function plainArray(value: readonly unknown[], depth: number): unknown[] {
  const { length } = value
  const copy: unknown[] = []
  for (let i = 0; i < length; i++) copy.push(plain(value[i], depth))
  return copy
}

function plainRecord(value: object, depth: number): object {
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(value)) {
    if (name === '__proto__') throw invalidArgument("msgpack: a property named __proto__ can't be stored")
    const member = (value as Record<string, unknown>)[name]
    if (member !== undefined) copy[wellFormed(name)] = plain(member, depth)
  }
  return copy
}

/** Objects whose contents are not their properties; undefined for any other. */
function special(value: object, depth: number): unknown {
  if (types.isUint8Array(value)) return plainBytes(value)
  if (types.isDate(value)) return plainDate(value)
  if (types.isMap(value)) return plainMap(value, depth)
  if (types.isSet(value)) return plainSet(value, depth)
  const kind = unstorable.find(([is]) => is(value))
  if (kind) throw invalidArgument(`msgpack: ${kind[1]} can't be stored`)
  return undefined
}

/** What would be stored as an object without its contents, or with bytes in the machine's order. */
const unstorable: readonly [is: (value: unknown) => boolean, name: string][] = [
  [types.isPromise, 'a promise'],
  [types.isNativeError, 'an error'],
  [types.isRegExp, 'a regular expression'],
  [types.isBoxedPrimitive, 'a boxed primitive'],
  [value => types.isWeakMap(value) || types.isWeakSet(value), 'a weak collection'],
  [ArrayBuffer.isView, 'a typed array other than Uint8Array'],
  [types.isAnyArrayBuffer, 'an ArrayBuffer'],
]

function plainBytes(value: Uint8Array): Uint8Array {
  const length = lengthOf(value)
  if (length === undefined) throw invalidArgument('msgpack: the memory of a Uint8Array was transferred')
  const copy = new Uint8Array(length)
  copyInto(copy, 0, value, length)
  return copy
}

function plainDate(value: Date): ExtData {
  const time = getTime.call(value)
  if (Number.isNaN(time)) throw invalidArgument('msgpack: expected a valid Date, got an invalid one')
  return extension(EXTENSION.date, library().encodeTimestampExtension(new Date(time))!)
}

function plainMap(value: Map<unknown, unknown>, depth: number): ExtData {
  const entries: unknown[] = []
  mapForEach.call(value, (member, key) => entries.push(key, member))
  return extension(EXTENSION.map, write(plainArray(entries, depth)))
}

function plainSet(value: Set<unknown>, depth: number): ExtData {
  const members: unknown[] = []
  setForEach.call(value, member => members.push(member))
  return extension(EXTENSION.set, write(plainArray(members, depth)))
}

const extension = (type: number, data: Uint8Array): ExtData => new (library().ExtData)(type, data)
