import { types } from 'node:util'
import { describe, invalidArgument } from '../error.js'

// The intrinsic methods: a subclass can lie about its length, and these don't ask it.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype)
const byteLength: (this: Uint8Array) => number = Object.getOwnPropertyDescriptor(typedArray, 'byteLength')!.get!
const { set, indexOf } = Uint8Array.prototype

/** Up to here a loop beats `set`. */
const SHORT = 32

/** The true length of a Uint8Array of any class; undefined where its memory was transferred away or cut off. */
export function lengthOf(value: Uint8Array): number | undefined {
  const length = byteLength.call(value)
  return length === 0 && isGone(value) ? undefined : length
}

function isGone(value: Uint8Array): boolean {
  try {
    indexOf.call(value, 0)
    return false
  } catch {
    // It throws where there is no memory to search, and for nothing else.
    return true
  }
}

/** Copies `length` bytes from the beginning of a Uint8Array of any class. */
export function copyInto(target: Uint8Array, at: number, value: Uint8Array, length: number): void {
  if (length > SHORT) set.call(target, value, at)
  else for (let i = 0; i < length; i++) target[at + i] = value[i]!
}

/** A Buffer of its own with the bytes from `at` to `end`. */
export function copyOut(bytes: Buffer, at: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - at)
  if (end - at > SHORT) bytes.copy(copy, 0, at, end)
  else for (let i = at; i < end; i++) copy[i - at] = bytes[i]!
  return copy
}

/** The same bytes as a Buffer, without a copy. Throws for anything but a Uint8Array. */
export function asBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes
  if (!types.isUint8Array(bytes)) throw invalidArgument(`decode: expected a Buffer, got ${describe(bytes)}`)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
