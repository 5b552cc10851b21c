import { describe, invalidArgument } from '../error.js'
import type { Codec } from './codec.js'

type Encode = (value: any) => Uint8Array

// Kept beside the codecs and by their `encode`, so that a copy with an `encode` of its own has no prefix of ours.
const encoders = new WeakMap<Encode, Encode>()

/** Lets a codec take prefixes; those are encoded as values are, unless said otherwise. Returns the codec. */
export function takesPrefix<C extends Codec<any>>(codec: C, encode: Encode = codec.encode): C {
  encoders.set(codec.encode, encode)
  return codec
}

/**
 * The bytes that every key with this prefix begins with: UTF-8 for string(), the bytes themselves for bytes(), the
 * encoded head for tuple(). An empty prefix gives no bytes, with which every key begins.
 *
 * @throws {TypeError} for a codec without prefixes, and for a prefix of the wrong type
 */
export function encodePrefix(codec: Codec<any>, prefix: unknown): Uint8Array {
  const encode = encoders.get(codec.encode)
  if (!encode) throw invalidArgument(`prefix: keys of ${codec.id ?? 'this codec'} have no prefixes`)
  if (prefix === undefined || prefix === null) throw invalidArgument(`prefix: expected one, got ${describe(prefix)}`)
  return encode(prefix)
}
