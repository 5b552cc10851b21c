import type { StructFunctions } from './struct-interpreted.js'
import { fieldError, LENGTH_BYTES, requireObject, type StructLayout, tooLong, truncated } from './struct-layout.js'

/** What generated code may use, by the names that it uses. */
const scope = { fieldError, requireObject, tooLong, truncated }

let compiled = 0

/**
 * The functions of a struct as code written for its fields, five times as fast as a loop over them: V8 sees one codec
 * at each place and one shape of object. Of the user's text only the names reach the code, each as a JSON string.
 *
 * @throws {EvalError} where code may not be generated
 */
export function compileStruct(layout: StructLayout): StructFunctions {
  const source = `'use strict'
// ${compiled++}: equal text would share what V8 learns of it, and two structs may differ in codecs alone
const { ${Object.keys(scope)} } = scope
const { names, packings } = layout
${constants(layout)}
return {
  prepare(value) { ${prepareBody(layout)} },
  measure(value) { ${measureBody(layout)} },
  pack(value, io, at) { ${packBody(layout)} },
  unpack(io, at, end) { ${unpackBody(layout)} },
}`
  return new Function('scope', 'layout', source)(scope, layout)
}

const lines = <T>(items: readonly T[], line: (item: T, index: number) => string) => items.map(line).join('\n')

/** The functions of each field's packing under names of their own: pack0, unpack0 … */
function constants({ packings }: StructLayout): string {
  return lines(packings, (_, i) => {
    return `const { pack: pack${i}, unpack: unpack${i}, measure: measure${i}, prepare: prepare${i} } = packings[${i}]`
  })
}

/** Reads the fields into v0, v1 …, prepares them, and does `then`, in which no user code runs. */
function withFields({ names, packings }: StructLayout, then: string): string {
  const values = names.map((_, i) => `v${i}`)
  return `
    requireObject(value)
    ${lines(names, (name, i) => `let v${i} = value[${JSON.stringify(name)}]`)}
    let field = 0
    try {
      ${lines(packings, ({ prepare }, i) => (prepare ? `field = ${i}; v${i} = prepare${i}(v${i})` : ''))}
      ${then}
    } catch (error) {
      throw fieldError(error, names[field], [${values}][field])
    }`
}

/** An object of v0, v1 … under the fields' names, in declared order. */
const literal = (names: readonly string[]) => `{ ${names.map((name, i) => `${JSON.stringify(name)}: v${i}`)} }`

const prepareBody = (layout: StructLayout) => withFields(layout, `return ${literal(layout.names)}`)

function measureBody(layout: StructLayout): string {
  const { offsets, fixedBytes } = layout
  const variable = [...offsets.keys()].filter(i => offsets[i] === undefined)
  if (variable.length === 0) return `return ${fixedBytes}`
  return withFields(
    layout,
    `let total = ${fixedBytes + LENGTH_BYTES * variable.length}
     ${lines(variable, i => `field = ${i}; total += measure${i}(v${i})`)}
     return total`,
  )
}

function packBody(layout: StructLayout): string {
  const { offsets, fixedBytes } = layout
  return withFields(
    layout,
    `let end = at + ${fixedBytes}, start
     ${lines(offsets, (offset, i) =>
       offset === undefined
         ? `field = ${i}; start = end + ${LENGTH_BYTES}; end = pack${i}(v${i}, io, start)
            io.view.setUint32(start - ${LENGTH_BYTES}, end - start)`
         : `field = ${i}; pack${i}(v${i}, io, at + ${offset})`,
     )}
     return end`,
  )
}

function unpackBody({ names, packings, offsets, fixedBytes }: StructLayout): string {
  return `
    let next = at + ${fixedBytes}, start
    if (next > end) throw truncated()
    ${lines(offsets, (offset, i) =>
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
