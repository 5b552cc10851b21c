import { describe, invalidArgument } from '../error.js'
import { type Io, ioOver, type Packing } from './codec.js'
import { corrupt } from './corrupt.js'
import { escapedLength, escapePart, findEnd, unescapePart } from './escape.js'
import { refusedIn } from './part.js'

export interface TuplePart {
  readonly packs: Packing<any>
  /** Whether it is escaped and ended: as are parts of varying width, but for the last. */
  readonly ended: boolean
}

/** The elements of a tuple or of a head, read once and prepared. */
class Elements {
  constructor(readonly values: readonly unknown[]) {}
}

function prepare(parts: readonly TuplePart[], array: readonly unknown[], count: number): Elements {
  const values = new Array<unknown>(count)
  let i = 0
  try {
    for (; i < count; i++) {
      const value = array[i]
      const { packs } = parts[i]!
      values[i] = packs.prepare ? packs.prepare(value) : value
    }
  } catch (error) {
    throw refusedIn(`tuple part ${i}`, error)
  }
  return new Elements(values)
}

function measure(parts: readonly TuplePart[], { values }: Elements): number {
  let total = 0
  let i = 0
  try {
    for (; i < values.length; i++) {
      const { packs, ended } = parts[i]!
      const length = packs.measure(values[i])
      total += ended ? escapedLength(length) : length
    }
  } catch (error) {
    throw refusedIn(`tuple part ${i}`, error)
  }
  return total
}

function pack(parts: readonly TuplePart[], { values }: Elements, io: Io, at: number): number {
  let i = 0
  try {
    for (; i < values.length; i++) {
      const { packs, ended } = parts[i]!
      const end = packs.pack(values[i], io, at)
      at = ended ? escapePart(io.bytes, at, end) : end
    }
  } catch (error) {
    throw refusedIn(`tuple part ${i}`, error)
  }
  return at
}

function unpack(parts: readonly TuplePart[], io: Io, at: number, end: number): unknown[] {
  const values: unknown[] = []
  const last = parts.length - 1
  for (let i = 0; i <= last; i++) {
    const { packs, ended } = parts[i]!
    if (ended) {
      const found = findEnd(io.bytes, at, end)
      values.push(found < 0 ? unpackEscaped(packs, io.bytes, at, ~found) : packs.unpack(io, at, found))
      at = (found < 0 ? ~found : found) + 2
    } else {
      const to = i === last ? end : at + packs.width!
      if (to > end) throw corrupt('tuple: the bytes end inside a part')
      values.push(packs.unpack(io, at, to))
      at = to
    }
  }
  return values
}

function unpackEscaped(packs: Packing<any>, bytes: Buffer, at: number, end: number): unknown {
  const plain = unescapePart(bytes, at, end)
  return packs.unpack(ioOver(plain), 0, plain.length)
}

/** How tuples of these parts are packed. */
export function tuplePacking(parts: readonly TuplePart[]): Packing<any> {
  const widths = parts.map(part => part.packs.width)
  const prepareAll = (value: unknown) => {
    if (value instanceof Elements) return value
    if (!Array.isArray(value)) throw invalidArgument(`tuple: expected an array, got ${describe(value)}`)
    const { length } = value
    if (length !== parts.length) {
      throw invalidArgument(`tuple: expected an array of ${parts.length} elements, got one of ${length}`)
    }
    return prepare(parts, value, length)
  }
  return {
    width: widths.reduce((sum, width) => (sum === undefined || width === undefined ? undefined : sum + width), 0),
    prepare: prepareAll,
    measure: value => measure(parts, value),
    pack: (value, io, at) => pack(parts, prepareAll(value), io, at),
    unpack: (io, at, end) => unpack(parts, io, at, end),
  }
}

/** The bytes of the first parts, as they stand at the beginning of a whole tuple. */
export function encodeTupleHead(parts: readonly TuplePart[], head: unknown): Uint8Array {
  if (!Array.isArray(head)) throw invalidArgument(`prefix: expected the head of a tuple, got ${describe(head)}`)
  const { length } = head
  if (length >= parts.length) {
    throw invalidArgument(`prefix: the head of a tuple of ${parts.length} has fewer elements, got ${length}`)
  }
  const elements = prepare(parts, head, length)
  const io = ioOver(Buffer.allocUnsafe(measure(parts, elements)))
  return io.bytes.subarray(0, pack(parts, elements, io, 0))
}
