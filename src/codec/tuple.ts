import { invalidArgument } from '../error.js'
import type { Codec, Decoded, KeyCodec } from './codec.js'
import { fromParts, partPacking } from './part.js'
import { encodePrefix, takesPrefix } from './prefix.js'
import { encodeTupleHead, type TuplePart, tuplePacking } from './tuple-packing.js'

type Parts<C extends readonly KeyCodec<any, any>[]> = { -readonly [I in keyof C]: Decoded<C[I]> }

/** Every shorter tuple that T begins with, the empty one included. */
type Heads<T extends readonly unknown[]> = T extends readonly [...infer H, unknown]
  ? H extends readonly []
    ? []
    : H | Heads<H>
  : []

/**
 * Tuples, in order of their first part, then of the second, and so on. Parts of fixed width stand as they are; one of
 * varying width that another follows has its zero bytes escaped (00 FF) and an end (00 00). Tuples may hold tuples. A
 * prefix is a head: an array of fewer elements.
 *
 * @throws {TypeError} for no parts, and for a part that is no codec, has a version or doesn't sort
 * @throws {TypeError} at encode, for anything but an array of as many elements, and what the parts throw
 */
export function tuple<const C extends readonly [KeyCodec<any, any>, ...KeyCodec<any, any>[]]>(
  ...parts: C
): KeyCodec<Parts<C>, Heads<Parts<C>>> {
  if (parts.length === 0) throw invalidArgument('tuple: expected at least one part')
  const layout = parts.map((part, i) => tuplePart(part, i, i === parts.length - 1))
  const ids = parts.map(part => part.id)
  const id = ids.includes(undefined) ? undefined : `tuple(${ids})`
  const codec = takesPrefix(fromParts(id, parts, tuplePacking(layout)), head => encodeTupleHead(layout, head))
  sizes.set(codec.encode, parts.length)
  return codec as KeyCodec<Parts<C>, Heads<Parts<C>>>
}

function tuplePart(codec: KeyCodec<any, any>, index: number, last: boolean): TuplePart {
  const packs = partPacking(codec, `tuple part ${index}`)
  if ('ordered' in codec && codec.ordered === false) {
    throw invalidArgument(
      `tuple part ${index}: ${codec.id ?? 'this codec'} doesn't sort, and so can't be part of a key`,
    )
  }
  return { packs, ended: !last && packs.width === undefined }
}

// By `encode`, like prefixes: a copy of the codec with an `encode` of its own has no heads of ours.
const sizes = new WeakMap<KeyCodec<any>['encode'], number>()

/**
 * The bytes that all tuples with this head begin with; undefined where `value` is no head, but a whole tuple or the
 * key of another codec.
 *
 * @throws {TypeError} for a head with elements of the wrong type
 */
export function encodeHead(codec: Codec<any>, value: unknown): Uint8Array | undefined {
  const size = sizes.get(codec.encode)
  if (size === undefined || !Array.isArray(value) || value.length >= size) return undefined
  return encodePrefix(codec, value)
}
