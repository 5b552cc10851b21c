import { checkCodec } from '../codec/check.js'
import type { Codec } from '../codec/codec.js'
import { describe, invalidArgument, outOfRange } from '../error.js'
import { checkOptions } from '../options.js'
import type { KeyValueOptions } from '../store/types.js'

const NAME_LIMIT = 511
const RESERVED = '__millpond'

/** The same in memory as on disk, where a store is a database of this name. */
function checkName(name: string): void {
  if (name === '') throw invalidArgument('name: expected one that is not empty')
  if (name.includes('\0')) throw invalidArgument(`name: expected one without NUL, got ${describe(name)}`)
  if (!isWellFormed(name)) throw invalidArgument(`name: a lone surrogate in ${describe(name)} has no bytes`)
  if (name.startsWith(RESERVED)) throw invalidArgument(`name: those that begin with ${RESERVED} are reserved`)
  const length = Buffer.byteLength(name)
  if (length > NAME_LIMIT) throw outOfRange(`name: expected ${NAME_LIMIT} bytes at most, got ${length}`)
}

/** Whether a text has bytes: no half of a surrogate pair stands alone. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

/** Refuses what is no whole number in a range. */
export function checkWhole(least: number, most: number) {
  return (value: unknown, name: string): void => {
    if (typeof value !== 'number') throw invalidArgument(`${name}: expected a number, got ${describe(value)}`)
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw outOfRange(`${name}: expected a whole number from ${least} to ${most}, got ${value}`)
    }
  }
}

/** What every provider asks of a store's name and options. */
export function checkStore(name: unknown, options: unknown): asserts options is KeyValueOptions<Codec<any>, any> {
  if (typeof name !== 'string') throw invalidArgument(`name: expected a string, got ${describe(name)}`)
  checkName(name)
  checkOptions<KeyValueOptions<Codec<any>, any>>(`store ${JSON.stringify(name)}`, options, {
    keyCodec: checkCodec,
    valueCodec: checkCodec,
  })
}
