import { describe, invalidArgument } from '../error.js'
import type { FieldLayout, Packing } from './codec.js'
import { corrupt } from './corrupt.js'
import { refusedIn } from './part.js'

/** The fields of a struct in declared order, and where each stands. */
export interface StructLayout {
  readonly names: readonly string[]
  readonly packings: readonly Packing<any>[]
  /** Where a field of fixed width begins; undefined for the others. */
  readonly offsets: readonly (number | undefined)[]
  /** Where the first field of varying width begins. Each has its length before it. */
  readonly fixedBytes: number
}

/** What the length of a field takes. */
export const LENGTH_BYTES = 4

export function structLayout(names: readonly string[], packings: readonly Packing<any>[]): StructLayout {
  let fixedBytes = 0
  const offsets = packings.map(({ width }) => {
    if (width === undefined) return undefined
    const offset = fixedBytes
    fixedBytes += width
    return offset
  })
  return { names, packings, offsets, fixedBytes }
}

/** The width of a struct whose fields all have one. */
export function structWidth({ offsets, fixedBytes }: StructLayout): number | undefined {
  return offsets.includes(undefined) ? undefined : fixedBytes
}

/** The fields of fixed width, by name. */
export function fieldLayouts({ names, packings, offsets }: StructLayout): ReadonlyMap<string, FieldLayout> {
  const layouts = new Map<string, FieldLayout>()
  for (const [i, name] of names.entries()) {
    const offset = offsets[i]
    if (offset !== undefined) layouts.set(name, { offset, packing: packings[i]! })
  }
  return layouts
}

/** The struct of which no field was written: each has its zero, or undefined where its type has none. */
export function blankStruct({ names, packings }: StructLayout): Readonly<Record<string, unknown>> {
  return Object.freeze(Object.fromEntries(names.map((name, i) => [name, packings[i]!.zero])))
}

export function requireObject(value: unknown): void {
  if (typeof value === 'object' && value !== null) return
  throw invalidArgument(`struct: expected an object, got ${describe(value)}`)
}

/** What to throw for a field whose packing threw: with the field's name, if it was the value that was refused. */
export function fieldError(error: unknown, name: string | undefined, value: unknown): unknown {
  const field = `struct field ${name}`
  const located = refusedIn(field, error)
  return located !== error && value === undefined ? invalidArgument(`${field}: missing`) : located
}

export const truncated = () => corrupt('struct: the bytes end inside a field')
export const tooLong = () => corrupt('struct: there are bytes after the last field')
