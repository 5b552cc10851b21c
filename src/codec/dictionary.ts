import { describe, invalidArgument } from '../error.js'
import { bindable } from './bound.js'
import { fromPacking, type Packing, type UnorderedCodec } from './codec.js'
import { type Codes, ownCodes } from './codes.js'
import { corrupt, wrongWidth } from './corrupt.js'

const WIDTH = 4

/**
 * Strings of which there are few, as 4 bytes: a code, little-endian, that the store gives to each string when it is first
 * written. For countries, device names, symbols; as keys, as values, or as parts of `struct` and `optional`, at a fixed offset.
 *
 * Codes belong to a store, keys and values alike, and are kept with it: in its snapshots, and on disk in the batch that uses
 * them first. They are never reused and never removed, `clear` included, and all strings of a store are in memory from its
 * first use on, so this is not for strings of which there are ever more. Writing and reading cost a look into a Map, a string
 * that is new another row. Looking for a key gives out no code.
 *
 * Outside a store a codec has codes of its own, gone with it; so has one inside a codec of yours, which no store sees into.
 * While a store has a value migrated, codecs that are no store's decode with its codes.
 *
 * @throws {TypeError} at encode, for a lone surrogate and for anything that isn't a string
 * @throws {MillpondError} at encode, ERR_MILLPOND_FULL for more than 16,777,216 strings
 * @throws {MillpondError} at decode, ERR_MILLPOND_CORRUPTION for a code that stands for nothing
 */
export function dictionary(): UnorderedCodec<string> {
  return bindable(dictionaryOver(ownCodes()), dictionaryOver)
}

function dictionaryOver(codes: Codes): UnorderedCodec<string> {
  return { ...fromPacking('dictionary', dictionaryPacking(codes)), ordered: false }
}

function dictionaryPacking(codes: Codes): Packing<string> {
  return {
    width: WIDTH,
    zero: '',
    // A code is given out before anything is written: it is a row of the store's, and goes through the same memory.
    ...(codes.grows && {
      prepare(value: string) {
        codeOf(codes, value)
        return value
      },
    }),
    measure: () => WIDTH,
    pack(value, io, at) {
      const code = codeOf(codes, value)
      io.view.setUint32(at, code, true)
      return at + WIDTH
    },
    unpack(io, at, end) {
      if (end - at !== WIDTH) throw wrongWidth('dictionary', WIDTH, end - at)
      const code = io.view.getUint32(at, true)
      const text = codes.textOf(code)
      if (text === undefined) throw corrupt(`dictionary: no string has the code ${code}`)
      return text
    },
  }
}

function codeOf(codes: Codes, value: unknown): number {
  if (typeof value !== 'string') throw invalidArgument(`dictionary: expected a string, got ${describe(value)}`)
  return codes.codeOf(value)
}
