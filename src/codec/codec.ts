import { asBuffer } from './memory.js'

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
  /** Every field of a struct with its zero; undefined for one whose type has none. */
  readonly blank?: Readonly<Record<string, unknown>>
  /** The value of a field that was never written: 0, '', false. */
  readonly zero?: T
  /**
   * Reads whatever user code could answer for into an object of our own, of a shape that only this packing knows.
   * A prepared value stays one when prepared again. Absent where user code has no way in.
   */
  prepare?(value: T): T
  /** No less than the bytes that `pack` will write for this prepared value. It may leave a wrong one to `pack`. */
  measure(value: T): number
  /** Writes the value at `at`, where there is room, and returns the end. Throws for a value that is not a T. */
  pack(value: T, io: Io, at: number): number
  /**
   * Reads the value that stands from `at` to `end`, and nothing outside. Runs no user code; what it returns shares no
   * memory with `io`. Throws the corruption error for bytes that `pack` can't have written.
   */
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

type Encode = Codec<any>['encode']
type Decode = Codec<any>['decode']

const decoders = new WeakMap<Encode, Decode>()

/**
 * The packing of a built-in codec; undefined for any other, and for a copy of one with an `encode` or a `decode` of
 * its own (`{ ...json(), decode }`), which the packing would bypass.
 */
export function packingOf<T>(codec: Codec<T>): Packing<T> | undefined {
  const { encode, decode } = codec
  return decoders.get(encode) === decode ? (codec as PackedCodec<T>)[packing] : undefined
}

/** A view of `bytes` that packings can read. Throws for anything but a Uint8Array. */
export function ioOver(bytes: Uint8Array): Io {
  const buffer = asBuffer(bytes)
  return { bytes: buffer, view: new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength) }
}

/** A codec made of a packing: `encode` returns a fresh buffer, `decode` reads any. It works without `this`. */
export function fromPacking<T>(id: string | undefined, packs: Packing<T>): PackedCodec<T> {
  const codec = { ...fromPrivatePacking(id, packs), [packing]: packs }
  decoders.set(codec.encode, codec.decode)
  return codec
}

/** The same for a packing that runs user code as it unpacks, and so must not meet shared memory: nobody else sees it. */
export function fromPrivatePacking<T>(id: string | undefined, packs: Packing<T>): Codec<T> {
  return {
    ...(id === undefined ? {} : { id }),
    encode(value) {
      const prepared = packs.prepare ? packs.prepare(value) : value
      const io = ioOver(Buffer.allocUnsafe(packs.measure(prepared)))
      return io.bytes.subarray(0, packs.pack(prepared, io, 0))
    },
    decode(bytes) {
      const io = ioOver(bytes)
      return packs.unpack(io, 0, io.bytes.length)
    },
  }
}
