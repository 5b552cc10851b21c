import { io, UPPER_AT } from '../native/io.js'
import { type Key, readKey } from './key.js'

const HIGHEST = '\xff'

/** A stretch of keys between two bounds, of which undefined is none. Reversed bounds hold nothing. */
export class Range {
  static readonly all = new Range(undefined, true, undefined, true)

  constructor(
    readonly from: Key | undefined,
    readonly isFromIn: boolean,
    readonly to: Key | undefined,
    readonly isToIn: boolean,
  ) {}

  /** `from` ≤ key < `to`. */
  static halfOpen(from: Key | undefined, to: Key | undefined): Range {
    return new Range(from, true, to, false)
  }

  startsBy(key: Key): boolean {
    return this.from === undefined || (this.isFromIn ? this.from <= key : this.from < key)
  }

  endsAfter(key: Key): boolean {
    return this.to === undefined || (this.isToIn ? key <= this.to : key < this.to)
  }

  /** What is left of it for a scan that goes on with this key. */
  goingOn(key: Key, reverse: boolean): Range {
    return reverse ? new Range(this.from, this.isFromIn, key, true) : new Range(key, true, this.to, this.isToIn)
  }
}

/** What all keys that begin with a prefix come before: the prefix with its last byte that is not 0xFF counted up. */
function afterPrefix(prefix: Key): Key | undefined {
  let end = prefix.length
  while (end > 0 && prefix[end - 1] === HIGHEST) end--
  return end === 0 ? undefined : prefix.slice(0, end - 1) + String.fromCharCode(prefix.charCodeAt(end - 1) + 1)
}

const INCLUSIVE = 1
const PREFIX = 3

/** The range of an operation, whose bounds stand in the shared buffer: src/store/bounds.ts says what `kinds` mean. */
export function rangeOf(kinds: number, fromLength: number, toLength: number): Range {
  const [lower, upper] = [kinds & 3, (kinds >> 2) & 3]
  const from = readKey(io.bytes, 0, fromLength)
  if (lower === PREFIX) return Range.halfOpen(from, afterPrefix(from))
  const to = readKey(io.bytes, UPPER_AT, UPPER_AT + toLength)
  const [first, isFromIn] = [lower === 0 ? undefined : from, lower === INCLUSIVE]
  if (upper === PREFIX) return new Range(first, isFromIn, afterPrefix(to), false)
  return new Range(first, isFromIn, upper === 0 ? undefined : to, upper === INCLUSIVE)
}
