import { type Codec, type Io, packingOf } from '../codec/codec.js'
import { encodeForeignCopy } from '../codec/foreign.js'
import { copyInto, copyOut, lengthOf } from '../codec/memory.js'
import { encodePrefix } from '../codec/prefix.js'
import { encodeHead } from '../codec/tuple.js'
import { describe, invalidArgument } from '../error.js'
import type { Handle, Operations, Outcome } from '../native/binding.js'
import { io, UPPER_AT, VALUE_ROOM } from '../native/io.js'
import { KEY_LIMIT, tooLarge } from '../native/status.js'

// As crates/millpond-node/src/hot.rs reads them: two bits for each end, and one for the direction.
export const INCLUSIVE = 1
export const EXCLUSIVE = 2
const PREFIX = 3
export const UPPER = 4
export const REVERSE = 16

const NONE = new Uint8Array(0)

/** What a scan is for, encoded: kept until it begins. */
export interface Stretch {
  /** Fills a leased buffer with the first rows, so many at most. */
  begin(hot: Operations, store: Handle, buffer: number, reverse: boolean, rows: number, limit: number): Outcome
  /** The value, as a Buffer of its own, of the row whose key stands at the beginning of the shared buffer. */
  valueOf(hot: Operations, store: Handle, scan: Handle, length: number): Buffer | Outcome
  /** What the row whose key stands there is called where it says when it expires. */
  nameOf(memory: Io, keyAt: number, valueAt: number): Uint8Array
}

/** A stretch of keys. */
export class Bounds implements Stretch {
  static readonly all = new Bounds(0, NONE, NONE)

  private constructor(
    readonly kinds: number,
    readonly from: Uint8Array,
    readonly to: Uint8Array,
  ) {}

  /** From one key to another, both inclusive. Of a tuple a head will do; as an upper end it takes in all below it. */
  static between(codec: Codec<any>, from: unknown, to: unknown, store: string): Bounds {
    const lower = from === undefined ? undefined : end(codec, from, 'from', store)
    const upper = to === undefined ? undefined : end(codec, to, 'to', store)
    const kinds = (lower ? INCLUSIVE : 0) + UPPER * (upper ? (upper.isHead ? PREFIX : INCLUSIVE) : 0)
    return new Bounds(kinds, lower?.bytes ?? NONE, upper?.bytes ?? NONE)
  }

  static startingWith(codec: Codec<any>, prefix: unknown, store: string): Bounds {
    return new Bounds(PREFIX, limited(encodePrefix(codec, prefix), store), NONE)
  }

  /** From one run of bytes up to another: the first inclusive, the second not. */
  static bytes(from: Uint8Array, to: Uint8Array): Bounds {
    return new Bounds(INCLUSIVE + UPPER * EXCLUSIVE, limited(from), limited(to))
  }

  static prefix(bytes: Uint8Array): Bounds {
    return new Bounds(PREFIX, limited(bytes), NONE)
  }

  begin(hot: Operations, store: Handle, buffer: number, reverse: boolean, rows: number, limit: number): Outcome {
    this.place()
    const flags = reverse ? this.kinds + REVERSE : this.kinds
    return hot.scan(store, buffer, flags, this.from.length, this.to.length, rows, limit)
  }

  valueOf(hot: Operations, store: Handle, scan: Handle, length: number): Buffer | Outcome {
    return hot.valueOf(store, scan, length)
  }

  nameOf(memory: Io, keyAt: number, valueAt: number): Uint8Array {
    return copyOut(memory.bytes, keyAt, valueAt)
  }

  /** Puts both ends where native code looks for them. */
  place(): void {
    copyInto(io.bytes, 0, this.from, this.from.length)
    copyInto(io.bytes, UPPER_AT, this.to, this.to.length)
  }
}

function end(codec: Codec<any>, key: unknown, name: string, store: string): { bytes: Uint8Array; isHead: boolean } {
  if (key === null) throw invalidArgument(`${name}: expected a key or undefined, got ${describe(key)}`)
  const head = encodeHead(codec, key)
  // A copy: what a codec returns may be overwritten before the scan begins.
  if (head) return { bytes: limited(head, store), isHead: true }
  return { bytes: limited(encodeOwn(codec, key), store), isHead: false }
}

/** A key's bytes as a copy, by way of the shared buffer where that will do: it costs a third of what `encode` does. */
export function encodeOwn(codec: Codec<any>, key: unknown): Uint8Array {
  const packs = packingOf(codec)
  if (!packs) return encodeForeignCopy(codec, key)
  const prepared = packs.prepare ? packs.prepare(key) : key
  if (packs.measure(prepared) > VALUE_ROOM) return codec.encode(prepared)
  return copyOut(io.bytes, 0, packs.pack(prepared, io, 0))
}

export function limited(bytes: Uint8Array, store?: string): Uint8Array {
  const length = lengthOf(bytes) ?? 0
  if (length > KEY_LIMIT) throw tooLarge('key', KEY_LIMIT, length, store === undefined ? {} : { store })
  return bytes
}
