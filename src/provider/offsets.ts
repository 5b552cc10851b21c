import { describe, invalidArgument, outOfRange } from '../error.js'
import { KEY_LIMIT } from '../native/status.js'
import { isWellFormed } from './checks.js'
import type { Offsets } from './types.js'

const MAX = 2n ** 63n - 1n

/** The offsets of a commit over those before: by source name, what is not named stays. */
export function mergeOffsets(before: ReadonlyMap<string, bigint>, offsets: Offsets): ReadonlyMap<string, bigint> {
  if (typeof offsets !== 'object' || offsets === null) {
    throw invalidArgument(`commit: offsets: expected an object of positions, got ${describe(offsets)}`)
  }
  const merged = new Map(before)
  for (const [source, position] of Object.entries(offsets)) merged.set(source, checkOffset(source, position))
  return merged
}

function checkOffset(source: string, position: unknown): bigint {
  const name = `commit: offsets: ${JSON.stringify(source)}`
  if (!isWellFormed(source)) throw invalidArgument(`${name}: a lone surrogate in a source's name has no bytes`)
  const length = Buffer.byteLength(source)
  if (length > KEY_LIMIT)
    throw outOfRange(`commit: offsets: a source's name of ${length} bytes; the limit is ${KEY_LIMIT}`)
  const isWhole = typeof position === 'bigint' || Number.isSafeInteger(position)
  if (typeof position !== 'bigint' && typeof position !== 'number') {
    throw invalidArgument(`${name}: expected a whole number or a bigint, got ${describe(position)}`)
  }
  if (!isWhole || position < 0 || position > MAX) {
    throw outOfRange(`${name}: expected a position from 0 to 2^63 - 1, got ${describe(position)}`)
  }
  return BigInt(position)
}
