import { describe, invalidArgument } from '../error.js'
import { fromPacking, type Packing, type UnorderedCodec } from './codec.js'
import { corrupt } from './corrupt.js'
import { measureText, readText, writeText } from './text.js'

/** A value turned into text, when all user code (getters, proxies, `toJSON`) has run. */
class JsonText {
  constructor(readonly text: string) {}
}

function stringify(value: unknown): string {
  try {
    const text = JSON.stringify(value)
    if (text !== undefined) return text
  } catch (error) {
    // A bigint, a cycle, or too deep or long for the machine: the value is at fault.
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error
    throw Object.assign(invalidArgument(`json: ${error.message}`), { cause: error })
  }
  throw invalidArgument(`json: expected a value with a JSON form, got ${describe(value)}`)
}

const toText = (value: unknown) => (value instanceof JsonText ? value : new JsonText(stringify(value)))

const packs: Packing<any> = {
  width: undefined,
  prepare: toText,
  measure: (value: JsonText) => measureText(value.text),
  // JSON.stringify escapes lone surrogates, so that its text is always well formed.
  pack: (value, io, at) => writeText(toText(value).text, io, at)!,
  unpack(io, at, end) {
    try {
      return JSON.parse(readText(io, at, end))
    } catch (error) {
      throw corrupt('json: these bytes are no JSON', error)
    }
  },
}

/**
 * Any value that JSON has: what `JSON.parse` makes of `JSON.stringify`'s text. Not checked against T.
 *
 * @throws {TypeError} at encode, for a value without a JSON form: undefined, a function, a bigint or a cycle in it
 */
export const json = <T = unknown>(): UnorderedCodec<T> => ({ ...fromPacking<T>('json', packs), ordered: false })
