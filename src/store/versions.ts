import type { Codec } from '../codec/codec.js'
import { type Codes, lending } from '../codec/codes.js'
import { copyOut } from '../codec/memory.js'
import { type ErrorCode, MillpondError } from '../error.js'
import { io, VALUE_AT, VALUE_ROOM } from '../native/io.js'
import { APART, NOTHING, plainValues, type ValueCoder } from './value.js'

/** The version stands behind the codec's bytes: u32, little-endian. */
const TRAILER = 4

/**
 * How the values of a store are handed over: with the version of their codec, if it has one.
 *
 * @param codes of the store's strings, for code of the user's that migrates values
 */
export function valueCoder<V>(codec: Codec<V>, codes: Codes, store: string): ValueCoder<V> {
  const plain = plainValues(codec)
  return codec.version === undefined ? plain : versionedValues(codec, codec.version, plain, codes, store)
}

/** Those of an older version are migrated as they are read. */
function versionedValues<V>(
  codec: Codec<V>,
  version: number,
  plain: ValueCoder<V>,
  codes: Codes,
  store: string,
): ValueCoder<V> {
  const migrate = (from: number | undefined, bytes: Buffer) => lending(codes, () => migrated(codec, from, bytes, store))
  const trailer = Buffer.alloc(TRAILER)
  trailer.writeUInt32LE(version)
  const coder: ValueCoder<V> = {
    bytes: NOTHING,
    write(value) {
      const end = plain.write(value)
      if (end !== APART && end + TRAILER <= VALUE_AT + VALUE_ROOM) {
        io.view.setUint32(end, version, true)
        return end + TRAILER
      }
      const bytes = end === APART ? plain.bytes : io.bytes.subarray(VALUE_AT, end)
      plain.bytes = NOTHING
      coder.bytes = Buffer.concat([bytes, trailer])
      return APART
    },
    read(memory, at, end) {
      const from = end - at < TRAILER ? undefined : memory.view.getUint32(end - TRAILER, true)
      if (from === version) return plain.read(memory, at, end - TRAILER)
      return migrate(from, copyOut(memory.bytes, at, end))
    },
    readOwn(bytes) {
      const from = bytes.length < TRAILER ? undefined : bytes.readUInt32LE(bytes.length - TRAILER)
      if (from === version) return plain.readOwn(bytes.subarray(0, -TRAILER))
      return migrate(from, bytes)
    },
  }
  return coder
}

function migrated<V>(codec: Codec<V>, from: number | undefined, bytes: Buffer, store: string): V {
  const refusal = (code: ErrorCode, what: string) =>
    new MillpondError(code, `store ${JSON.stringify(store)}: ${what}`, { store })
  if (from === undefined) throw refusal('ERR_MILLPOND_CORRUPTION', 'a value without the version of its codec')
  const is = `${codec.id ?? 'the value codec'} version ${codec.version}`
  if (from > codec.version!)
    throw refusal('ERR_MILLPOND_CODEC', `a value of version ${from}, which ${is} is too old to read`)
  if (!codec.migrate)
    throw refusal('ERR_MILLPOND_CODEC', `a value of version ${from}, and ${is} has no function migrate`)
  return codec.migrate(bytes.subarray(0, -TRAILER), from)
}
