import type { Packing } from './codec.js'

/** The functions of a packing that is made of others. */
export type Functions = Required<Pick<Packing<any>, 'prepare' | 'measure' | 'pack' | 'unpack'>>

/** The bodies of those functions. In them, `packI` and the like are the functions of `packings[I]`. */
export type Bodies = Record<keyof Functions, string>

let generated = 0

/**
 * Functions written for the parts of one struct or tuple, several times as fast as loops over them: at each place V8
 * sees one codec and one shape of object.
 *
 * The code is put together from our own text and numbers; the only text of the user's in it are the names of fields,
 * as JSON strings.
 *
 * @param scope what the bodies may use, by name
 * @throws {EvalError} where code may not be generated from strings
 */
export function generate(packings: readonly Packing<any>[], scope: Record<string, unknown>, bodies: Bodies): Functions {
  const source = `'use strict'
// ${generated++}: equal text would share what V8 learns of it, and others may differ in their codecs
const { ${Object.keys(scope)} } = scope
${each(packings, (_, i) => `const { ${renamed(i)} } = packings[${i}]`)}
return {
  prepare(value) { ${bodies.prepare} },
  measure(value) { ${bodies.measure} },
  pack(value, io, at) { ${bodies.pack} },
  unpack(io, at, end) { ${bodies.unpack} },
}`
  return new Function('packings', 'scope', source)(packings, scope)
}

const renamed = (i: number) => ['prepare', 'measure', 'pack', 'unpack'].map(name => `${name}: ${name}${i}`)

/** The functions made by `compile`, or by `interpret` where code may not be generated. */
export function compiledOr<L>(
  layout: L,
  compile: (layout: L) => Functions,
  interpret: (layout: L) => Functions,
): Functions {
  try {
    return compile(layout)
  } catch (error) {
    if (error instanceof EvalError) return interpret(layout)
    throw error
  }
}

/** One line of code an item. */
export function each<T>(items: readonly T[], line: (item: T, index: number) => string): string {
  return items.map(line).join('\n')
}

/**
 * A body that reads the parts of `value` into v0, v1 …, each once, prepares them, and goes on with `then`, where no
 * user code runs.
 * `then` keeps `part` at the number of the part at work, for which `partError` of the scope is asked should it throw.
 *
 * @param keys what the parts are called in the value
 */
export function withParts(packings: readonly Packing<any>[], keys: readonly (string | number)[], then: string): string {
  return `
    requireWhole(value)
    ${each(keys, (key, i) => `let v${i} = value[${JSON.stringify(key)}]`)}
    let part = 0
    try {
      ${each(packings, ({ prepare }, i) => (prepare ? `part = ${i}; v${i} = prepare${i}(v${i})` : ''))}
      ${then}
    } catch (error) {
      throw partError(error, part, [${keys.map((_, i) => `v${i}`)}][part])
    }`
}
