import type { FieldLayout, Io } from '../codec/codec.js'
import { each } from '../codec/generate.js'
import { VALUE_ROOM } from '../native/io.js'
import { FIELD_HEADER, KINDS, OPERATIONS } from './numbers.js'

/** Writes the changes of fields at `at` and returns their end; or NOT_SIMPLE, with nothing written. */
export type PackChanges = (ops: unknown, io: Io, at: number) => number

export const NOT_SIMPLE = -1

/**
 * Code for the changes that nearly all calls make: operands of the right type for fields of fixed width. Whatever else
 * it meets it leaves to `readFieldOps`, which goes through them one by one and says what is wrong.
 *
 * The only text of the user's in it are the names of fields, as JSON strings.
 */
export function compileChanges(layouts: ReadonlyMap<string, FieldLayout>): PackChanges {
  const fields = Array.from(layouts, ([name, { packing, offset }]) => ({ name, packing, offset }))
  const never: PackChanges = () => NOT_SIMPLE
  if (fields.reduce((room, { packing }) => room + FIELD_HEADER + packing.width!, 0) > VALUE_ROOM) return never
  const source = `'use strict'
return function packChanges(ops, io, at) {
  if (typeof ops !== 'object' || ops === null) return ${NOT_SIMPLE}
  let found = 0
  ${each(fields, ({ name, packing }, i) => readField(i, name, packing))}
  for (const name in ops) found--
  if (found !== 0) return ${NOT_SIMPLE}
  const { view } = io
  try {
    ${each(fields, ({ packing, offset }, i) => writeField(i, packing, offset))}
  } catch {
    return ${NOT_SIMPLE}
  }
  return at
}`
  try {
    return new Function('packings', packNames(fields) + source)(fields.map(({ packing }) => packing))
  } catch (error) {
    if (error instanceof EvalError) return never
    throw error
  }
}

const packNames = (fields: readonly unknown[]) => each(fields, (_, i) => `const { pack: pack${i} } = packings[${i}]\n`)

/** Reads what is asked of a field, once: operation and operand. */
function readField(i: number, name: string, packing: FieldLayout['packing']): string {
  const { number } = packing
  const isNumber = number !== undefined
  const type = number === 'u64' || number === 'i64' ? 'bigint' : 'number'
  const unsigned = number === 'u32' || number === 'u64'
  const other = (operation: 'max' | 'min') =>
    `if (op.${operation} !== undefined) { if (c${i} !== -1) return ${NOT_SIMPLE}; c${i} = ${OPERATIONS[operation]}; v${i} = op.${operation} }`
  return `
  let c${i} = -1, v${i}
  {
    const op = ops[${JSON.stringify(name)}]
    if (op !== undefined) {
      ${packing.prepare ? `return ${NOT_SIMPLE}` : ''}
      if (typeof op !== 'object' || op === null) return ${NOT_SIMPLE}
      const { add, set } = op
      if (add !== undefined) { c${i} = ${OPERATIONS.add}; v${i} = add }
      if (set !== undefined) { if (c${i} !== -1) return ${NOT_SIMPLE}; c${i} = ${OPERATIONS.set}; v${i} = set }
      ${other('max')}
      ${other('min')}
      ${isNumber ? `if (typeof v${i} !== '${type}') return ${NOT_SIMPLE}` : `if (c${i} !== ${OPERATIONS.set}) return ${NOT_SIMPLE}`}
      ${unsigned ? `if (v${i} < 0) return ${NOT_SIMPLE}` : ''}
      found++
    }
  }`
}

function writeField(i: number, packing: FieldLayout['packing'], offset: number): string {
  const kind = packing.number ? KINDS[packing.number] : 0
  const header = (kind << 8) | (packing.width! << 16)
  return `
  if (c${i} !== -1) {
    view.setUint32(at, ${header} | c${i}, true)
    view.setUint32(at + 4, ${offset}, true)
    at = pack${i}(v${i}, io, at + ${FIELD_HEADER})
  }`
}
