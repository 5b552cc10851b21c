import { describe, invalidArgument } from '../error.js'
import { fromPacking, type KeyCodec, type Packing } from './codec.js'
import { wrongWidth } from './corrupt.js'

const DASH = 45
const dashes = [8, 13, 18, 23]
/** Where in the text each byte's two digits begin. */
const pairs = Uint8Array.of(0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34)
const digits = Buffer.from('0123456789abcdef')
/** What a digit's character code is worth; 255 for a code that is no digit. */
const nibbles = new Uint8Array(128).fill(255)
for (const [i, digit] of [...'0123456789abcdefABCDEF'].entries()) nibbles[digit.charCodeAt(0)] = i < 16 ? i : i - 6

const text = Buffer.alloc(36, '-')

const invalid = (value: unknown) =>
  invalidArgument(`uuid: expected a string of 8-4-4-4-12 hexadecimal digits, got ${describe(value)}`)

const nibble = (value: string, at: number) => nibbles[value.charCodeAt(at)] ?? 255

const packs: Packing<string> = {
  width: 16,
  measure: () => 16,
  pack(value, io, at) {
    if (typeof value !== 'string' || value.length !== 36) throw invalid(value)
    for (const dash of dashes) if (value.charCodeAt(dash) !== DASH) throw invalid(value)
    for (let i = 0; i < 16; i++) {
      const high = nibble(value, pairs[i]!)
      const low = nibble(value, pairs[i]! + 1)
      if ((high | low) > 15) throw invalid(value)
      io.bytes[at + i] = (high << 4) | low
    }
    return at + 16
  },
  unpack(io, at, end) {
    if (end - at !== 16) throw wrongWidth('uuid', 16, end - at)
    for (let i = 0; i < 16; i++) {
      const byte = io.bytes[at + i]!
      text[pairs[i]!] = digits[byte >> 4]!
      text[pairs[i]! + 1] = digits[byte & 15]!
    }
    return text.toString('latin1')
  },
}

/**
 * UUIDs of any version: 16 bytes, in the order of their digits. Taken in either case, returned in lower case.
 *
 * @throws {TypeError} at encode, for anything that isn't a string of 8-4-4-4-12 hexadecimal digits
 */
export const uuid = (): KeyCodec<string> => fromPacking('uuid', packs) as unknown as KeyCodec<string>
