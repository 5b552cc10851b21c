import { describe, invalidArgument } from '../error.js'
import { type Codec, type Decoded, ioOver, type KeyCodec } from './codec.js'
import { compiledOr, type Functions } from './generate.js'
import { fromParts, partPacking } from './part.js'
import { encodePrefix, takesPrefix } from './prefix.js'
import { compileTuple } from './tuple-compiled.js'
import { interpretTuple } from './tuple-interpreted.js'
import { headLayout, type TupleLayout, tupleLayout, tupleWidth } from './tuple-layout.js'

type KeyCodecs = readonly [KeyCodec<any, any>, ...KeyCodec<any, any>[]]

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
 * @throws {TypeError} at encode, for anything but an array of as many elements; and what the parts throw
 */
export function tuple<const C extends KeyCodecs>(...parts: C): KeyCodec<Parts<C>, Heads<Parts<C>>> {
  return tupleWith(parts, compileTuple)
}

/** A tuple whose functions `make` makes, or the interpreter where code may not be generated. */
export function tupleWith<const C extends KeyCodecs>(
  parts: C,
  make: (layout: TupleLayout) => Functions,
): KeyCodec<Parts<C>, Heads<Parts<C>>> {
  if (parts.length === 0) throw invalidArgument('tuple: expected at least one part')
  const layout = tupleLayout(parts.map(elementPacking))
  const ids = parts.map(({ id }) => id)
  const id = ids.includes(undefined) ? undefined : `tuple(${ids})`
  const packs = { width: tupleWidth(layout), ...compiledOr(layout, make, interpretTuple) }
  const codec = takesPrefix(fromParts(id, parts, packs), head => encodeHeadOf(layout, head))
  lengths.set(codec.encode, parts.length)
  return codec as KeyCodec<Parts<C>, Heads<Parts<C>>>
}

function elementPacking(codec: KeyCodec<any, any>, index: number) {
  const packs = partPacking(codec, `tuple part ${index}`)
  if ((codec as { ordered?: unknown }).ordered !== false) return packs
  throw invalidArgument(`tuple part ${index}: ${codec.id ?? 'this codec'} doesn't sort, so it can't be part of a key`)
}

function encodeHeadOf(layout: TupleLayout, head: unknown): Uint8Array {
  if (!Array.isArray(head)) throw invalidArgument(`prefix: expected the head of a tuple, got ${describe(head)}`)
  const { length } = head
  const size = layout.packings.length
  if (length >= size)
    throw invalidArgument(`prefix: expected fewer elements than the ${size} of the tuple, got ${length}`)
  const { prepare, measure, pack } = interpretTuple(headLayout(layout, length))
  const prepared = prepare(head)
  const io = ioOver(Buffer.allocUnsafe(measure(prepared)))
  return io.bytes.subarray(0, pack(prepared, io, 0))
}

// By `encode`, like prefixes: a copy of the codec with an `encode` of its own has no heads of ours.
const lengths = new WeakMap<Codec<any>['encode'], number>()

/**
 * The bytes that all tuples with this head begin with; undefined where `value` is no head but a whole tuple, or a key
 * of another codec.
 *
 * @throws {TypeError} for a head with elements of the wrong type
 */
export function encodeHead(codec: Codec<any>, value: unknown): Uint8Array | undefined {
  const length = lengths.get(codec.encode)
  if (length === undefined || !Array.isArray(value) || value.length >= length) return undefined
  return encodePrefix(codec, value)
}
