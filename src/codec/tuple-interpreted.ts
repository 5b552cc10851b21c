import { escapedLength, escapePart, findEnd } from './escape.js'
import type { Functions } from './generate.js'
import { forEachPart, preparedParts } from './interpret.js'
import { elementError, requireArray, type TupleLayout, tooLong, truncated, unpackEscaped } from './tuple-layout.js'

/** The functions of a tuple as loops over its parts, for heads, and for where code may not be generated. */
export function interpretTuple({ packings, ended }: TupleLayout): Functions {
  const keys = [...packings.keys()]

  function read(value: unknown): unknown[] {
    requireArray(value, packings.length)
    return preparedParts(packings, keys, value, elementError)
  }

  return {
    prepare: read,
    measure(value) {
      let total = 0
      forEachPart(read(value), elementError, (element, i) => {
        const length = packings[i]!.measure(element)
        total += ended[i] ? escapedLength(length) : length
      })
      return total
    },
    pack(value, io, at) {
      forEachPart(read(value), elementError, (element, i) => {
        const end = packings[i]!.pack(element, io, at)
        at = ended[i] ? escapePart(io.bytes, at, end) : end
      })
      return at
    },
    unpack(io, at, end) {
      const values = packings.map((packs, i) => {
        const found = ended[i] ? findEnd(io.bytes, at, end) : at + (packs.width ?? end - at)
        const to = found < 0 ? ~found : found
        if (to > end) throw truncated()
        const value = found < 0 ? unpackEscaped(packs, io.bytes, at, to) : packs.unpack(io, at, to)
        at = ended[i] ? to + 2 : to
        return value
      })
      if (at !== end) throw tooLong()
      return values
    },
  }
}
