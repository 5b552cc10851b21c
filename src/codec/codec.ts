import { invalidArgument } from '../error.js'

/** Turns values of T into bytes and back. Any object with these two functions is taken; the built-in ones are faster. */
export interface Codec<T> {
  /** Names the format; kept with a durable store, which refuses another id later. Built-in codecs name their parts in it. */
  readonly id?: string
  /** The format's version, a small whole number; a durable store hands values of an older one to `migrate`. */
  readonly version?: number
  encode(value: T): Uint8Array
  /** `bytes` is the codec's own copy: it may be kept. */
  decode(bytes: Buffer): T
  migrate?(bytes: Buffer, fromVersion: number): T
}

declare const prefix: unique symbol

/** A codec whose bytes sort as its values do. P is what `prefix()` takes. */
export interface KeyCodec<K, P = never> extends Codec<K> {
  readonly [prefix]: P
}

/** A codec whose bytes don't sort: a store keyed by it has no `range` and no `prefix`. */
export interface UnorderedCodec<T> extends Codec<T> {
  readonly ordered: false
}

export type Decoded<C> = C extends Codec<infer T> ? T : never

/** Memory that codecs write into and read from: one buffer, seen two ways. */
export interface Io {
  readonly bytes: Buffer
  readonly view: DataView
}

/**
 * How a built-in codec works in shared memory, without an allocation a value.
 *
 * The one rule that everything rests on: no user code (a getter, a proxy, a `toJSON`) may run between the first byte
 * written and the native call that takes it, because such code may call the store again and write the same memory.
 * So `pack` of a prepared value runs no user code at all, and `pack` of a raw one runs it only before its first byte.
 */
export interface Packing<T> {
  /** Bytes of every value, where all have one length. */
  readonly width: number | undefined
  /** What native code can add to, compare and set in place. */
  readonly number?: NumberKind
  /** Where each field of fixed width stands in a struct. */
  readonly fields?: ReadonlyMap<string, FieldLayout>
  /** The value of a field that was never written: 0, '', false. */
  readonly zero?: T
  /** Reads whatever user code could answer for into an object of our own. Absent where values are primitives. */
  prepare?(value: T): T
  /** No less than the bytes that `pack` will write for this (prepared) value. Throws for a value that is not a T. */
  measure(value: T): number
  /** Writes the value at `at`, where there is room, and returns the end. Throws for a value that is not a T. */
  pack(value: T, io: Io, at: number): number
  /** Reads the value that stands from `at` to `end`. Runs no user code; what it returns shares no memory with `io`. */
  unpack(io: Io, at: number, end: number): T
}

export type NumberKind = 'u32' | 'u64' | 'i64' | 'f64'

export interface FieldLayout {
  readonly offset: number
  readonly packing: Packing<any>
}

/** Where a built-in codec keeps its packing. */
export const packing: unique symbol = Symbol('millpond.packing')

export interface PackedCodec<T> extends Codec<T> {
  readonly [packing]: Packing<T>
}

/** The packing of a built-in codec; undefined for any other. */
export function packingOf<T>(codec: Codec<T>): Packing<T> | undefined {
  return (codec as Partial<PackedCodec<T>>)[packing]
}

/** A view of `bytes` that packings can read. */
export function ioOver(bytes: Buffer): Io {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
}

/** A codec made of a packing: `encode` returns a fresh buffer, `decode` reads any. */
export function fromPacking<T>(id: string, packs: Packing<T>): PackedCodec<T> {
  return {
    id,
    [packing]: packs,
    encode(value) {
      const prepared = packs.prepare ? packs.prepare(value) : value
      const io = ioOver(Buffer.allocUnsafe(packs.measure(prepared)))
      return io.bytes.subarray(0, packs.pack(prepared, io, 0))
    },
    decode(bytes) {
      if (packs.width !== undefined && bytes.length !== packs.width) {
        throw invalidArgument(`${id}: expected ${packs.width} bytes, got ${bytes.length}`)
      }
      return packs.unpack(ioOver(bytes), 0, bytes.length)
    },
  }
}
