import { escapedLength, escapePart, findEnd } from './escape.js'
import { each, type Functions, generate, withParts } from './generate.js'
import { elementError, requireArray, type TupleLayout, tooLong, truncated, unpackEscaped } from './tuple-layout.js'

/** The functions of a tuple as code of its own. Throws an EvalError where code may not be generated. */
export function compileTuple(layout: TupleLayout): Functions {
  const { packings } = layout
  const keys = [...packings.keys()]
  const scope = {
    escapedLength,
    escapePart,
    findEnd,
    tooLong,
    truncated,
    unpackEscaped,
    requireWhole: (value: unknown) => requireArray(value, keys.length),
    partError: elementError,
  }
  return generate(packings, scope, {
    prepare: withParts(packings, keys, `return ${literal(layout)}`),
    measure: withParts(packings, keys, measureParts(layout)),
    pack: withParts(packings, keys, packParts(layout)),
    unpack: unpackParts(layout),
  })
}

const literal = ({ packings }: TupleLayout) => `[${packings.map((_, i) => `v${i}`)}]`

function measureParts({ ended }: TupleLayout): string {
  return `
    let total = 0
    ${each(ended, (isEnded, i) => {
      const length = `measure${i}(v${i})`
      return `part = ${i}; total += ${isEnded ? `escapedLength(${length})` : length}`
    })}
    return total`
}

function packParts({ ended }: TupleLayout): string {
  return `
    let end = at
    ${each(ended, (isEnded, i) => {
      const packed = `pack${i}(v${i}, io, end)`
      return `part = ${i}; end = ${isEnded ? `escapePart(io.bytes, end, ${packed})` : packed}`
    })}
    return end`
}

function unpackParts(layout: TupleLayout): string {
  return `
    let next
    ${each(layout.packings, (_, i) => unpackPart(layout, i))}
    if (at !== end) throw tooLong()
    return ${literal(layout)}`
}

function unpackPart({ packings, ended }: TupleLayout, i: number): string {
  if (ended[i]) {
    return `
      next = findEnd(io.bytes, at, end)
      const v${i} = next < 0 ? unpackEscaped(packings[${i}], io.bytes, at, ~next) : unpack${i}(io, at, next)
      at = (next < 0 ? ~next : next) + 2`
  }
  const { width } = packings[i]!
  return `
    next = ${width === undefined ? 'end' : `at + ${width}`}
    if (next > end) throw truncated()
    const v${i} = unpack${i}(io, at, next)
    at = next`
}
