import { each, type Functions, generate, withParts } from './generate.js'
import { fieldError, LENGTH_BYTES, requireObject, type StructLayout, tooLong, truncated } from './struct-layout.js'

/** The functions of a struct as code of its own. Throws an EvalError where code may not be generated. */
export function compileStruct(layout: StructLayout): Functions {
  const { names, packings } = layout
  const scope = {
    tooLong,
    truncated,
    requireWhole: requireObject,
    partError: (error: unknown, part: number, value: unknown) => fieldError(error, names[part], value),
  }
  return generate(packings, scope, {
    prepare: withParts(packings, names, `return ${literal(names)}`),
    measure: withParts(packings, names, measureFields(layout)),
    pack: withParts(packings, names, packFields(layout)),
    unpack: unpackFields(layout),
  })
}

/** The object with the fields in declared order. */
const literal = (names: readonly string[]) => `{ ${names.map((name, i) => `${JSON.stringify(name)}: v${i}`)} }`

function measureFields({ offsets, fixedBytes }: StructLayout): string {
  return `
    let total = ${fixedBytes}
    ${each(offsets, (offset, i) =>
      offset === undefined ? `part = ${i}; total += ${LENGTH_BYTES} + measure${i}(v${i})` : '',
    )}
    return total`
}

function packFields({ offsets, fixedBytes }: StructLayout): string {
  return `
    let end = at + ${fixedBytes}, start
    ${each(offsets, (offset, i) =>
      offset === undefined
        ? `part = ${i}; start = end + ${LENGTH_BYTES}; end = pack${i}(v${i}, io, start)
           io.view.setUint32(start - ${LENGTH_BYTES}, end - start)`
        : `part = ${i}; pack${i}(v${i}, io, at + ${offset})`,
    )}
    return end`
}

function unpackFields({ names, packings, offsets, fixedBytes }: StructLayout): string {
  return `
    let next = at + ${fixedBytes}, start
    if (next > end) throw truncated()
    ${each(offsets, (offset, i) =>
      offset === undefined
        ? `start = next + ${LENGTH_BYTES}
           if (start > end) throw truncated()
           next = start + io.view.getUint32(next)
           if (next > end) throw truncated()
           const v${i} = unpack${i}(io, start, next)`
        : `const v${i} = unpack${i}(io, at + ${offset}, at + ${offset + packings[i]!.width!})`,
    )}
    if (next !== end) throw tooLong()
    return ${literal(names)}`
}
