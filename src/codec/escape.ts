import { corrupt } from './corrupt.js'

// A part of a tuple that another follows: each byte 00 becomes 00 FF, and 00 00 ends the part. Nothing inside a part
// sorts below its end, so that a shorter part comes before a longer one that begins like it.

const ESCAPE = 0xff

/** The room that `length` bytes may need. */
export const escapedLength = (length: number): number => 2 * length + 2

/** Escapes in place what stands from `at` to `end`, ends it, and returns where. */
export function escapePart(bytes: Uint8Array, at: number, end: number): number {
  let clean = at
  while (clean < end && bytes[clean] !== 0) clean++
  if (clean < end) end = spread(bytes, clean, end)
  bytes[end] = 0
  bytes[end + 1] = 0
  return end + 2
}

/** Makes room behind each zero, from the last one on, so that nothing is overwritten before it was moved. */
function spread(bytes: Uint8Array, at: number, end: number): number {
  let zeros = 0
  for (let i = at; i < end; i++) if (bytes[i] === 0) zeros++
  let to = end + zeros
  for (let i = end - 1; i >= at; i--) {
    const byte = bytes[i]!
    if (byte === 0) bytes[--to] = ESCAPE
    bytes[--to] = byte
  }
  return end + zeros
}

/** Where the part that begins at `at` ends: the place of its two zeros, or its complement where the part has escapes. */
export function findEnd(bytes: Uint8Array, at: number, end: number): number {
  let escaped = false
  for (let i = at; i < end - 1; i++) {
    if (bytes[i] !== 0) continue
    const next = bytes[i + 1]
    if (next === 0) return escaped ? ~i : i
    if (next !== ESCAPE) break
    escaped = true
    i++
  }
  throw corrupt('tuple: a part has no end')
}

/** A copy of the escaped part that stands from `at` to `end`, as it was before. */
export function unescapePart(bytes: Uint8Array, at: number, end: number): Buffer {
  const plain = Buffer.allocUnsafe(end - at)
  let length = 0
  for (let i = at; i < end; i++) {
    const byte = bytes[i]!
    plain[length++] = byte
    if (byte === 0) i++
  }
  return plain.subarray(0, length)
}
