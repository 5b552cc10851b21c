import { describe, invalidArgument } from '../error.js'
import { fromPacking, type KeyCodec, type Packing } from './codec.js'
import { takesPrefix } from './prefix.js'
import { measureText, readText, writeText } from './text.js'

const packs: Packing<string> = {
  width: undefined,
  zero: '',
  measure(value) {
    if (typeof value !== 'string') throw invalidArgument(`string: expected a string, got ${describe(value)}`)
    return measureText(value)
  },
  pack(value, io, at) {
    if (typeof value !== 'string') throw invalidArgument(`string: expected a string, got ${describe(value)}`)
    const end = writeText(value, io, at)
    if (end === undefined) throw invalidArgument(`string: expected well-formed text, got a lone surrogate`)
    return end
  },
  unpack: readText,
}

/**
 * Text in UTF-8, in the order of its code points (which is that of `<` but for characters past U+FFFF). A prefix is a
 * string.
 *
 * @throws {TypeError} at encode, for a lone surrogate and for anything that isn't a string
 */
export const string = (): KeyCodec<string, string> =>
  takesPrefix(fromPacking('string', packs)) as unknown as KeyCodec<string, string>
