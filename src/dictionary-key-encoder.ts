import { types } from 'node:util'
import { readAscii } from './codec/ascii.js'
import { TextCodes } from './codec/codes.js'
import { corrupt } from './codec/corrupt.js'
import { lengthOf } from './codec/memory.js'
import { describe, invalidArgument } from './error.js'
import { requireIterable } from './store/read.js'
import type { KeyValueEntry } from './store/types.js'

type Bytes = Uint8Array

const CODE = 4

/**
 * Gives each key a code: 0, 1, 2 … in the order in which they come. For keys that are long and few, of which there are 4 bytes
 * then in keys and values of other stores. In memory; each call costs one look into a Map.
 *
 * It is saved as its `rows()`, in any store of bytes and so in its snapshots, and `restore` reads them back.
 *
 * @throws {TypeError} for a key that is no Uint8Array
 */
export class DictionaryKeyEncoder {
  /** Each key as a string of which a character stands for a byte. */
  #keys = new TextCodes()

  /** The code of a key; undefined if it has none. */
  encode(key: Bytes): number | undefined {
    return this.#keys.find(asText(key))
  }

  /**
   * The code of a key, which gets the next one if it has none.
   *
   * @throws {MillpondError} ERR_MILLPOND_FULL for more than 16,777,216 keys
   */
  encodeOrInsert(key: Bytes): number {
    return this.#keys.codeOf(asText(key))
  }

  /** The key that a code stands for, as a Buffer of the caller's own; undefined for one that was not given. */
  decode(code: number): Bytes | undefined {
    if (typeof code !== 'number') throw invalidArgument(`code: expected a number, got ${describe(code)}`)
    const text = this.#keys.textOf(code)
    return text === undefined ? undefined : Buffer.from(text, 'latin1')
  }

  /** The code of a key as 4 bytes, little-endian; undefined if it has none. They don't sort as keys do. */
  encodeToBytes(key: Bytes): Bytes | undefined {
    const code = this.encode(key)
    if (code === undefined) return undefined
    const bytes = Buffer.allocUnsafe(CODE)
    bytes.writeUInt32LE(code)
    return bytes
  }

  /** The number of keys. */
  len(): number {
    return this.#keys.size
  }

  isEmpty(): boolean {
    return this.len() === 0
  }

  /** Forgets all keys: codes begin at 0 again, so that what was encoded can't be decoded any more. */
  clear(): void {
    this.#keys = new TextCodes()
  }

  /** All that it knows, to be put into a store: under each code, 4 bytes big-endian so that rows are in its order, its key. */
  *rows(): IterableIterator<KeyValueEntry<Bytes, Bytes>> {
    for (let code = 0; code < this.#keys.size; code++) {
      const key = Buffer.allocUnsafe(CODE)
      key.writeUInt32BE(code)
      yield { key, value: this.decode(code)! }
    }
  }

  /**
   * The dictionary whose rows these are, in the order of codes: each key has the code that it had.
   *
   * @throws {MillpondError} ERR_MILLPOND_CORRUPTION for codes that are not 0, 1, 2 …, and for a key that has two
   */
  static restore(rows: Iterable<KeyValueEntry<Bytes, Bytes>>): DictionaryKeyEncoder {
    const dictionary = new DictionaryKeyEncoder()
    for (const { key, value } of requireIterable(rows)) {
      const next = dictionary.len()
      if (codeOfRow(key) !== next) throw corrupt('dictionary: codes are not 0, 1, 2 …')
      const first = dictionary.encodeOrInsert(value)
      if (first !== next) throw corrupt(`dictionary: the codes ${first} and ${next} stand for one key`)
    }
    return dictionary
  }
}

/** The method behind `toString('latin1')`, which takes any Uint8Array. */
const { latin1Slice } = Buffer.prototype as unknown as { latin1Slice(this: Bytes, from: number, to: number): string }

function asText(key: Bytes): string {
  const length = types.isUint8Array(key) ? lengthOf(key) : undefined
  if (length === undefined) throw invalidArgument(`key: expected a Uint8Array, got ${describe(key)}`)
  return readAscii(key, 0, length) ?? latin1Slice.call(key, 0, length)
}

/** The code under which a row of a dictionary stands; undefined for what is none. */
function codeOfRow(key: Bytes): number | undefined {
  const text = asText(key)
  return text.length === CODE ? Buffer.from(text, 'latin1').readUInt32BE() : undefined
}
