import { describe, invalidArgument } from '../error.js'
import { ioOver, type Packing } from './codec.js'
import { corrupt } from './corrupt.js'
import { unescapePart } from './escape.js'
import { refusedIn } from './part.js'

/** The parts of a tuple, or of a head, in order. */
export interface TupleLayout {
  readonly packings: readonly Packing<any>[]
  /** Whether a part is escaped and has an end: so are those of varying width, but for the last of a whole tuple. */
  readonly ended: readonly boolean[]
}

export function tupleLayout(packings: readonly Packing<any>[]): TupleLayout {
  return { packings, ended: packings.map(({ width }, i) => width === undefined && i < packings.length - 1) }
}

/** The first parts as they stand in a whole tuple. */
export function headLayout({ packings, ended }: TupleLayout, count: number): TupleLayout {
  return { packings: packings.slice(0, count), ended: ended.slice(0, count) }
}

/** The width of a tuple whose parts all have one. */
export function tupleWidth({ packings }: TupleLayout): number | undefined {
  let total = 0
  for (const { width } of packings) {
    if (width === undefined) return undefined
    total += width
  }
  return total
}

export function requireArray(value: unknown, length: number): void {
  if (!Array.isArray(value)) throw invalidArgument(`tuple: expected an array, got ${describe(value)}`)
  if (value.length === length) return
  throw invalidArgument(`tuple: expected an array of length ${length}, got one of another`)
}

export const elementError = (error: unknown, part: number) => refusedIn(`tuple part ${part}`, error)

export function unpackEscaped(packs: Packing<any>, bytes: Buffer, at: number, end: number): unknown {
  const plain = unescapePart(bytes, at, end)
  return packs.unpack(ioOver(plain), 0, plain.length)
}

export const truncated = () => corrupt('tuple: the bytes end inside a part')
export const tooLong = () => corrupt('tuple: there are bytes after the last part')
