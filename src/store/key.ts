import { type Codec, type Io, packingOf } from '../codec/codec.js'
import { encodeForeignCopy } from '../codec/foreign.js'
import { lengthOf } from '../codec/memory.js'
import { writeText } from '../codec/text.js'
import { describe, invalidArgument } from '../error.js'
import type { NativeKey } from '../native/binding.js'
import { io } from '../native/io.js'
import { KEY_LIMIT, tooLarge } from '../native/status.js'

/** A key on its way to native code. */
export interface KeyEncoder<K> {
  /** Checks a key and is done with all user code: getters of a tuple's array, a codec of the user's. */
  prepare(key: K): unknown
  /** What native code takes for a prepared key: itself, or a length, once it stands at the beginning of the buffer. */
  place(prepared: unknown): NativeKey
}

/** How the keys of a codec are handed over. Errors name the store. */
export function keyEncoder<K>(codec: Codec<K>, store: string): KeyEncoder<K> {
  const packs = packingOf(codec)
  if (codec.id === 'string' && packs) return stringKeys as KeyEncoder<any>
  if (!packs) return foreignKeys(codec, store)
  const prepare = packs.prepare
  const fits = packs.width !== undefined && packs.width <= KEY_LIMIT
  return {
    prepare: prepare ? key => prepare(refuseMissing(key)) : refuseMissing,
    place(prepared) {
      if (!fits) {
        const size = packs.measure(prepared as K)
        // An upper bound: the true size is known once it is packed.
        if (size > KEY_LIMIT) return placeBytes(codec.encode(prepared as K), store)
      }
      return packs.pack(prepared as K, io, 0)
    },
  }
}

function refuseMissing<K>(key: K): K {
  if (key === undefined || key === null) throw invalidArgument(`key: expected one, got ${describe(key)}`)
  return key
}

/** Strings go over as they are: native code writes their UTF-8 where it needs it. */
const stringKeys: KeyEncoder<string> = {
  prepare(key) {
    if (typeof key !== 'string') throw invalidArgument(`key: expected a string, got ${describe(key)}`)
    return key
  },
  place: prepared => prepared as string,
}

function foreignKeys<K>(codec: Codec<K>, store: string): KeyEncoder<K> {
  return {
    // A copy: user code that runs until it is placed may encode other keys in the same memory.
    prepare: key => encodeForeignCopy(codec, refuseMissing(key)),
    place: prepared => placeBytes(prepared as Uint8Array, store),
  }
}

function placeBytes(bytes: Uint8Array, store: string): number {
  const length = lengthOf(bytes) ?? 0
  if (length > KEY_LIMIT) throw tooLarge('key', KEY_LIMIT, length, { store })
  io.bytes.set(bytes, 0)
  return length
}

/**
 * Node writes U+FFFD both for itself and for half of a surrogate pair. Tells which it was: places the former, refuses
 * the latter, which would be the same key as other halves. Returns where the key ends.
 */
export function placeWellFormed(key: string, store: string, memory: Io = io, at = 0): number {
  // No character takes less than a byte, so a longer string needs no writing to be too large.
  const end = key.length > KEY_LIMIT ? Infinity : writeText(key, memory, at)
  if (end !== undefined && end - at > KEY_LIMIT)
    throw tooLarge('key', KEY_LIMIT, Buffer.byteLength(key), { store, key })
  if (end === undefined) throw invalidArgument(`key: a lone surrogate in ${describe(key)} has no bytes`)
  return end
}
