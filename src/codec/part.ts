import { invalidArgument, outOfRange } from '../error.js'
import { checkCodec } from './check.js'
import { type Codec, fromPacking, fromPrivatePacking, type Packing, packingOf } from './codec.js'
import { foreignPacking } from './foreign.js'

/**
 * How a part of a tuple, a struct or an optional is packed, whatever codec it has.
 *
 * @param what names the part in a message
 * @throws {TypeError} for what is no codec, and for one with a version: bytes inside others have no place for theirs
 */
export function partPacking(codec: unknown, what: string): Packing<any> {
  checkCodec(codec, what)
  if (codec.version !== undefined) {
    throw invalidArgument(`${what}: a codec with a version can't be a part of another; give the whole the version`)
  }
  return packingOf(codec) ?? foreignPacking(codec)
}

/** A codec made of parts. It is packed in shared memory only if all of them can be. */
export function fromParts<T>(id: string | undefined, parts: readonly Codec<any>[], packs: Packing<T>): Codec<T> {
  return parts.every(packingOf) ? fromPacking(id, packs) : fromPrivatePacking(id, packs)
}

/** The refusal of a part's value with the part's name in front; any other error as it is. */
export function refusedIn(what: string, error: unknown): unknown {
  if (!(error instanceof Error) || (error as { code?: unknown }).code !== 'ERR_MILLPOND_INVALID_ARG') return error
  const message = `${what}: ${error.message}`
  return error instanceof RangeError ? outOfRange(message) : invalidArgument(message)
}
