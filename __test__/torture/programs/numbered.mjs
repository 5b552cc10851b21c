// Two stores in which every commit writes its number to every key: any mixture is a part of a commit.
import { bytes, u32 } from 'millpond'

export const KEYS = 60
const definition = { keyCodec: u32(), valueCodec: bytes() }

/** @template Stores @param {{ createKeyValueStore: (name: string, definition: any) => Stores }} provider */
export function openBoth(provider) {
  return /** @type {const} */ (['first', 'second']).map(name => provider.createKeyValueStore(name, definition))
}

/** @param {number} number @param {number} size */
export function numbered(number, size) {
  const value = Buffer.alloc(size, number & 0xff)
  value.writeUInt32BE(number)
  return value
}

/** @param {Buffer} value */
export const numberOf = value => value.readUInt32BE()
