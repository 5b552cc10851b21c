import { readAscii } from './ascii.js'
import type { Io } from './codec.js'
import { corrupt } from './corrupt.js'

/** The methods behind `Buffer.write` and `toString`, without their sorting out of arguments: 10 ns less a call. */
interface RawText {
  utf8Write(text: string, at: number): number
  utf8Slice(from: number, to: number): string
}

/** In Node since 20; our library setting ends at ES2023. */
const wellFormed = (String.prototype as unknown as { isWellFormed(this: string): boolean }).isWellFormed

/** Whether a text has no lone surrogates. */
export const isWellFormed = (text: string): boolean => wellFormed.call(text)

/** Up to here a loop over the characters beats the call into native code. */
const SHORT = 32
/** Up to here three bytes a character are reserved rather than counted. */
const UNCOUNTED = 1024

/** No less than the bytes of the text in UTF-8. */
export function measureText(text: string): number {
  return text.length <= UNCOUNTED ? text.length * 3 : Buffer.byteLength(text)
}

/** Writes the text in UTF-8 and returns the end; undefined for a lone surrogate, with nothing said of the bytes. */
export function writeText(text: string, io: Io, at: number): number | undefined {
  const { length } = text
  if (length > SHORT) return writeLongText(text, io, at)
  const { bytes } = io
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127) return writeLongText(text, io, at)
    bytes[at + i] = code
  }
  return at + length
}

function writeLongText(text: string, { bytes }: Io, at: number): number | undefined {
  if (!isWellFormed(text)) return undefined
  return at + (bytes as Buffer & RawText).utf8Write(text, at)
}

/** Reads UTF-8. Throws the corruption error for bytes that are none. */
export function readText({ bytes }: Io, at: number, end: number): string {
  const ascii = readAscii(bytes, at, end - at)
  if (ascii !== undefined) return ascii
  const text = (bytes as Buffer & RawText).utf8Slice(at, end)
  // What isn't UTF-8 was read as U+FFFD; so was a genuine one, whose bytes come out the same again.
  if (text.includes('\ufffd') && !bytes.subarray(at, end).equals(Buffer.from(text))) {
    throw corrupt('string: these bytes are not UTF-8')
  }
  return text
}
