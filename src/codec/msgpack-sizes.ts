import { corrupt } from './corrupt.js'

// The library's decoder allocates an array of the length that the bytes claim before it reads the first element: a
// hundred bytes of nested claims would take gigabytes. So the claims are added up first; each value that is still to
// come takes a byte at least.

/** For heads 0xc0 to 0xdf: bytes that follow, of which a length is the first `length` ones. */
interface Head {
  readonly bytes: number
  readonly length?: number
  /** What the length counts: bytes, or values, of which each item takes so many. */
  readonly items?: number
}

const heads: readonly (Head | undefined)[] = [
  { bytes: 0 }, // nil
  undefined,
  { bytes: 0 }, // false
  { bytes: 0 }, // true
  ...[1, 2, 4].map(length => ({ bytes: length, length })), // binary
  ...[1, 2, 4].map(length => ({ bytes: length + 1, length })), // extension
  ...[4, 8, 1, 2, 4, 8, 1, 2, 4, 8].map(bytes => ({ bytes })), // float, unsigned, signed
  ...[1, 2, 4, 8, 16].map(bytes => ({ bytes: bytes + 1 })), // extension of a fixed length
  ...[1, 2, 4].map(length => ({ bytes: length, length })), // string
  ...[2, 4].map(length => ({ bytes: length, length, items: 1 })), // array
  ...[2, 4].map(length => ({ bytes: length, length, items: 2 })), // object
]

/** Throws unless the bytes can hold all the values that they announce. */
export function checkSizes(bytes: Uint8Array): void {
  const end = bytes.length
  let at = 0
  let pending = 1
  while (pending > 0) {
    if (pending > end - at) throw truncated()
    const byte = bytes[at++]!
    pending--
    if (byte >= 0xc0 && byte <= 0xdf) {
      const head = heads[byte - 0xc0]
      if (!head) throw corrupt('msgpack: a value has an unknown head')
      const length = head.length === undefined ? 0 : readLength(bytes, at, head.length)
      at += head.bytes
      if (head.items === undefined) at += length
      else pending += length * head.items
    } else if (byte >= 0xa0 && byte <= 0xbf) {
      at += byte & 31
    } else if (byte >= 0x90 && byte <= 0x9f) {
      pending += byte & 15
    } else if (byte >= 0x80 && byte <= 0x8f) {
      pending += 2 * (byte & 15)
    }
  }
  if (at > end) throw truncated()
}

const truncated = () => corrupt('msgpack: the bytes end inside a value')

function readLength(bytes: Uint8Array, at: number, size: number): number {
  let length = 0
  for (let i = at; i < at + size; i++) length = length * 256 + (bytes[i] ?? 0)
  return length
}
