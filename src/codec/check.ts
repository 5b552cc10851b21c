import { describe, invalidArgument } from '../error.js'
import type { Codec } from './codec.js'

/**
 * Checks that `value` can serve as a codec.
 *
 * @param what names it in the message, as in `valueCodec`
 * @throws {TypeError} for anything without the functions `encode` and `decode`, or with an ill-typed `id` or `version`
 */
export function checkCodec(value: unknown, what: string): asserts value is Codec<unknown> {
  if (typeof value !== 'object' || value === null) {
    throw invalidArgument(`${what}: expected a codec, got ${describe(value)}`)
  }
  const { encode, decode, migrate, id, version } = value as Partial<Record<keyof Codec<unknown>, unknown>>
  if (typeof encode !== 'function' || typeof decode !== 'function') {
    throw invalidArgument(`${what}: a codec has the functions encode and decode`)
  }
  if (id !== undefined && typeof id !== 'string') {
    throw invalidArgument(`${what}: a codec's id is a string, got ${describe(id)}`)
  }
  if (version !== undefined && (version as number) >>> 0 !== version) {
    throw invalidArgument(`${what}: a codec's version is a whole number below 2^32, got ${describe(version)}`)
  }
  if (migrate !== undefined && typeof migrate !== 'function') {
    throw invalidArgument(`${what}: a codec's migrate is a function, got ${describe(migrate)}`)
  }
}
