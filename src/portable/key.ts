import { readAscii } from '../codec/ascii.js'
import type { NativeKey } from '../native/binding.js'
import { io } from '../native/io.js'
import { KEY_LIMIT, KEY_TOO_LARGE, MAYBE_ILL_FORMED } from '../native/status.js'
import { Refusal } from './refusal.js'

/**
 * The bytes of a key as a string of the characters U+0000 to U+00FF. Strings of them compare as the bytes do, at less than half
 * of what `Buffer.compare` takes, and text in ASCII is one already.
 */
export type Key = string

/** The methods behind `Buffer.write` and `toString`. */
interface RawText {
  latin1Write(text: string, at: number): number
  latin1Slice(from: number, to: number): string
}

/** Up to here a loop over the characters beats the call into native code. */
const SHORT = 32
/** What UTF-8 has for U+FFFD, and what is written for half of a surrogate pair, too. */
const REPLACED = '\xef\xbf\xbd'

/** The key of an operation: a string, or the length of one that stands at the beginning of the shared buffer. */
export function keyOf(placed: NativeKey): Key {
  if (typeof placed !== 'string') return readKey(io.bytes, 0, placed)
  const length = Buffer.byteLength(placed)
  if (length > KEY_LIMIT) throw new Refusal(KEY_TOO_LARGE)
  if (length === placed.length) return placed
  const key = Buffer.from(placed).toString('latin1')
  if (key.includes(REPLACED)) throw new Refusal(MAYBE_ILL_FORMED)
  return key
}

export function readKey(bytes: Buffer, at: number, end: number): Key {
  return readAscii(bytes, at, end - at) ?? (bytes as Buffer & RawText).latin1Slice(at, end)
}

export function writeKey(bytes: Buffer, at: number, key: Key): void {
  const { length } = key
  if (length > SHORT) (bytes as Buffer & RawText).latin1Write(key, at)
  else for (let i = 0; i < length; i++) bytes[at + i] = key.charCodeAt(i)
}

/** The same key in memory of its own: a string may be a piece of a long one, which it keeps. */
export function ownKey(key: Key): Key {
  return Buffer.from(key, 'latin1').toString('latin1')
}
