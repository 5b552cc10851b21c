import { invalidArgument } from '../error.js'
import { bindableByParts } from './bound.js'
import type { Codec, Packing } from './codec.js'
import { corrupt, wrongWidth } from './corrupt.js'
import { fromParts, partPacking } from './part.js'

/**
 * Values of another codec, or null: one byte, 0 for null and 1 for a value, and then the value. Where values are of one
 * width, null is padded with zeros to it. As keys they have an order if the other codec has one.
 *
 * @throws {TypeError} for what is no codec, or one with a version
 * @throws {TypeError} at encode, for undefined, and what the other codec throws
 */
export function optional<T>(codec: Codec<T>): Codec<T | null> {
  const packs = optionalPacking(partPacking(codec, 'optional'))
  const whole = fromParts(codec.id === undefined ? undefined : `optional(${codec.id})`, [codec], packs)
  const isUnordered = (codec as { ordered?: unknown }).ordered === false
  return bindableByParts(isUnordered ? { ...whole, ordered: false } : whole, [codec], ([part]) => optional(part!))
}

function optionalPacking(inner: Packing<any>): Packing<any> {
  const width = inner.width === undefined ? undefined : inner.width + 1
  return {
    width,
    zero: null,
    ...(inner.prepare && { prepare: (value: unknown) => (isNull(value) ? null : inner.prepare!(value)) }),
    measure: value => width ?? (isNull(value) ? 1 : 1 + inner.measure(value)),
    pack(value, io, at) {
      if (isNull(value)) {
        const end = at + (width ?? 1)
        for (let i = at; i < end; i++) io.bytes[i] = 0
        return end
      }
      const end = inner.pack(value, io, at + 1)
      io.bytes[at] = 1
      return end
    },
    unpack(io, at, end) {
      if (end === at || (width !== undefined && end - at !== width)) throw wrongWidth('optional', width ?? 1, end - at)
      const tag = io.bytes[at]!
      if (tag === 1) return inner.unpack(io, at + 1, end)
      if (tag !== 0) throw corrupt(`optional: expected 0 or 1, got ${tag}`)
      for (let i = at + 1; i < end; i++) if (io.bytes[i] !== 0) throw corrupt('optional: null is followed by a value')
      return null
    },
  }
}

function isNull(value: unknown): value is null {
  if (value === undefined) throw invalidArgument('optional: expected a value or null, got undefined')
  return value === null
}
