import { describe, invalidArgument } from '../error.js'
import { bindableByParts } from './bound.js'
import type { Codec, Decoded, Packing, UnorderedCodec } from './codec.js'
import { compiledOr, type Functions } from './generate.js'
import { fromParts, partPacking } from './part.js'
import { compileStruct } from './struct-compiled.js'
import { interpretStruct } from './struct-interpreted.js'
import { blankStruct, fieldLayouts, type StructLayout, structLayout, structWidth } from './struct-layout.js'

export interface StructCodec<T> extends UnorderedCodec<T> {
  /** The names of the fields, in declared order. */
  readonly fields: readonly (keyof T & string)[]
}

/**
 * Objects with these fields: those of fixed width first, at fixed offsets, where the store can add to numbers in
 * place; then the others, each after its length. Other properties of a value are not stored. Decoding gives a plain
 * object with the fields in declared order.
 *
 * @throws {TypeError} for anything but a plain object of codecs without versions, and for a field named `__proto__`
 * @throws {TypeError} at encode, for a missing field, which the message names; and what the fields' codecs throw
 */
export function struct<F extends Record<string, Codec<any>>>(
  fields: F,
): StructCodec<{ -readonly [N in keyof F]: Decoded<F[N]> }> {
  return structWith(fields, compileStruct)
}

/** A struct whose functions `make` makes, or the interpreter where code may not be generated. */
export function structWith<F extends Record<string, Codec<any>>>(
  fields: F,
  make: (layout: StructLayout) => Functions,
): StructCodec<{ -readonly [N in keyof F]: Decoded<F[N]> }> {
  const entries = checkedEntries(fields)
  const names = entries.map(([name]) => name)
  const codecs = entries.map(([, codec]) => codec)
  const packings = entries.map(([name, codec]) => partPacking(codec, `struct field ${name}`))
  const packs = structPacking(structLayout(names, packings), make)
  const whole = {
    ...fromParts(structId(entries), codecs, packs),
    ordered: false as const,
    fields: Object.freeze(names),
  }
  const remake = (parts: Codec<any>[]) =>
    structWith(Object.fromEntries(names.map((name, i) => [name, parts[i]!])), make)
  return bindableByParts(whole, codecs, remake)
}

type Entry = [name: string, codec: Codec<any>]

function checkedEntries(fields: unknown): Entry[] {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw invalidArgument(`struct: expected an object of codecs, got ${describe(fields)}`)
  }
  const prototype = Object.getPrototypeOf(fields)
  // `{ __proto__: codec }` is no field but a prototype, and would be lost.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw invalidArgument('struct: expected a plain object of codecs')
  }
  const entries = Object.entries(fields)
  if (entries.some(([name]) => name === '__proto__')) throw invalidArgument("struct: a field can't be named __proto__")
  return entries
}

function structId(entries: readonly Entry[]): string | undefined {
  if (entries.some(([, codec]) => codec.id === undefined)) return undefined
  return `struct(${entries.map(([name, codec]) => `${quoted(name)}:${codec.id}`)})`
}

const quoted = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name))

function structPacking(layout: StructLayout, make: (layout: StructLayout) => Functions): Packing<any> {
  const blank = blankStruct(layout)
  return {
    width: structWidth(layout),
    fields: fieldLayouts(layout),
    blank,
    ...(layout.packings.every(packs => 'zero' in packs) && { zero: blank }),
    ...compiledOr(layout, make, interpretStruct),
  }
}
