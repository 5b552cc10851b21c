import { checkCodec } from '../codec/check.js'
import type { Codec } from '../codec/codec.js'
import { describe, invalidArgument, outOfRange } from '../error.js'
import { checkBoolean, checkOptions, optional } from '../options.js'
import { checkTtl } from '../store/expiring.js'
import { checkLength } from '../store/times.js'
import type { KeyValueOptions } from '../store/types.js'
import type { SessionOptions, WindowOptions } from '../store/windowed-types.js'

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

/** What every provider asks of a store's name. */
function checkStoreName(name: unknown): asserts name is string {
  if (typeof name !== 'string') throw invalidArgument(`name: expected a string, got ${describe(name)}`)
  checkName(name)
}

const common = { keyCodec: checkCodec, valueCodec: checkCodec, ttl: optional(checkTtl) }
const expiring = { retention: optional(checkLength(0)), enforceRetention: optional(checkBoolean) }

/** What every provider asks of a store's name and options. */
export function checkStore(name: unknown, options: unknown): asserts options is KeyValueOptions<Codec<any>, any> {
  checkStoreName(name)
  checkOptions<KeyValueOptions<Codec<any>, any>>(`store ${JSON.stringify(name)}`, options, common)
}

/** The same of a store of windows. */
export function checkWindowStore(name: unknown, options: unknown): asserts options is WindowOptions<any, any> {
  checkStoreName(name)
  const store = `store ${JSON.stringify(name)}`
  checkOptions<WindowOptions<any, any>>(store, options, {
    ...common,
    ...expiring,
    windowSize: checkLength(1),
    retainDuplicates: optional(checkBoolean),
  })
  const { windowSize, retention = windowSize } = options
  if (retention < windowSize) {
    throw outOfRange(`${store}: retention: expected ${windowSize} at least, the size of a window, got ${retention}`)
  }
  checkEnforced(store, options)
}

/** The same of a store of sessions. */
export function checkSessionStore(name: unknown, options: unknown): asserts options is SessionOptions<any, any> {
  checkStoreName(name)
  const store = `store ${JSON.stringify(name)}`
  checkOptions<SessionOptions<any, any>>(store, options, { ...common, ...expiring })
  checkEnforced(store, options)
}

function checkEnforced(store: string, { enforceRetention, retention }: SessionOptions<any, any>): void {
  if (enforceRetention && retention === undefined) {
    throw invalidArgument(`${store}: enforceRetention: there is no retention to enforce`)
  }
}
