import type { Codec } from '../codec/codec.js'
import { unescapePart } from '../codec/escape.js'
import type { Definition } from './definition.js'

// The rows of windows and sessions, as crates/millpond/src/key/windowed.rs writes them: the key, escaped, and a zero; the
// start and the end; where duplicates are kept a number.
const TIME = 8
const NUMBER = 4
const BIAS = 2n ** 63n

/** What the bytes of a stored key stand for: a key; of windows and sessions with their times, as entries have them. */
export type ReadStoredKey = (bytes: Buffer) => unknown

export function storedKeyReader({ kind, retainDuplicates }: Definition, keyCodec: Codec<any>): ReadStoredKey {
  if (kind === 'key-value') return bytes => keyCodec.decode(bytes)
  return bytes => {
    const startAt = bytes.length - 2 * TIME - (retainDuplicates ? NUMBER : 0)
    const key = keyCodec.decode(unescapePart(bytes, 0, startAt - 1))
    const [start, end] = [readTime(bytes, startAt), readTime(bytes, startAt + TIME)]
    if (kind === 'window') return { key, windowStart: start, windowEnd: end }
    return { key, sessionStart: start, sessionEnd: end }
  }
}

function readTime(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64BE(at) - BIAS)
}
