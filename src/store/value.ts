import { type Codec, type Io, ioOver, packingOf } from '../codec/codec.js'
import { encodeForeign } from '../codec/foreign.js'
import { copyInto, copyOut, lengthOf } from '../codec/memory.js'
import { io, VALUE_AT, VALUE_ROOM } from '../native/io.js'

/** Where a value is, on its way to native code: it stands in the shared buffer up to this end, or is in `bytes`. */
export const APART = -1

/** Values on their way to native code and back. */
export interface ValueCoder<V> {
  /** Writes a value behind VALUE_AT and returns its end; or APART, and it is in `bytes`. User code runs first, if any. */
  write(value: V): number
  /** The value that did not go into the shared buffer. */
  bytes: Uint8Array
  /** The value that stands from `at` to `end` of memory shared with native code. */
  read(memory: Io, at: number, end: number): V
  /** A value that came as a Buffer of its own. */
  readOwn(bytes: Buffer): V
}

/** What stands in `bytes` while no value does. */
export const NOTHING = new Uint8Array(0)

/** How the values of a codec are handed over: as its bytes and no more. */
export function plainValues<V>(codec: Codec<V>): ValueCoder<V> {
  const packs = packingOf(codec)
  if (!packs) return foreignValues(codec)
  const { width, prepare } = packs
  const coder: ValueCoder<V> = {
    bytes: NOTHING,
    write(value) {
      const prepared = prepare ? prepare(value) : value
      if (packs.measure(prepared) <= VALUE_ROOM) return packs.pack(prepared, io, VALUE_AT)
      coder.bytes = codec.encode(prepared)
      return APART
    },
    // Called as a method, so that V8 sees one shape of `packs` for each codec.
    read: (memory, at, end) => packs.unpack(memory, at, end),
    readOwn: bytes => packs.unpack(ioOver(bytes), 0, bytes.length),
  }
  // A raw value of fixed width may be packed at once: what user code it has runs before the first byte.
  if (width !== undefined && width <= VALUE_ROOM) coder.write = value => packs.pack(value, io, VALUE_AT)
  return coder
}

function foreignValues<V>(codec: Codec<V>): ValueCoder<V> {
  const coder: ValueCoder<V> = {
    bytes: NOTHING,
    write(value) {
      const bytes = encodeForeign(codec, value)
      const length = lengthOf(bytes) ?? 0
      if (length > VALUE_ROOM) {
        coder.bytes = bytes
        return APART
      }
      copyInto(io.bytes, VALUE_AT, bytes, length)
      return VALUE_AT + length
    },
    // A copy: the codec may keep what it is given, and may call the store.
    read: (memory, at, end) => codec.decode(copyOut(memory.bytes, at, end)),
    readOwn: bytes => codec.decode(bytes),
  }
  return coder
}
