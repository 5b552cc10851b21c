import type { Codec } from '../codec/codec.js'
import { MillpondError } from '../error.js'
import type { KeyValueOptions } from './types.js'

/** What a store is, as its provider keeps it: a durable one as JSON. Null stands for a codec without an id. */
export interface Definition {
  readonly kind: string
  readonly keyCodec: string | null
  readonly keyVersion?: number
  readonly valueCodec: string | null
  readonly valueVersion?: number
}

type Options = KeyValueOptions<Codec<any>, any>

const KIND = 'key-value'

export function definitionOf({ keyCodec, valueCodec }: Options): Definition {
  return {
    kind: KIND,
    keyCodec: keyCodec.id ?? null,
    ...(keyCodec.version === undefined ? {} : { keyVersion: keyCodec.version }),
    valueCodec: valueCodec.id ?? null,
    ...(valueCodec.version === undefined ? {} : { valueVersion: valueCodec.version }),
  }
}

/** Reads what `JSON.stringify` made of a definition. */
export function parseDefinition(store: string, text: string): Definition {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const message = `store ${JSON.stringify(store)}: its definition is not readable`
    throw new MillpondError('ERR_MILLPOND_CORRUPTION', message, { store, cause })
  }
}

/**
 * The definition of a store that is opened again: what it was, or with a later version of the value codec. A codec
 * without an id is not compared.
 *
 * @throws {MillpondError} ERR_MILLPOND_STORE_MISMATCH, if the store can't be read with these codecs
 */
export function reopened(store: string, known: Definition, { keyCodec, valueCodec }: Options): Definition {
  const refuse = (message: string) => {
    throw new MillpondError('ERR_MILLPOND_STORE_MISMATCH', `store ${JSON.stringify(store)}: ${message}`, { store })
  }
  if (known.kind !== KIND) refuse(`it is of kind ${known.kind}, not ${KIND}`)
  const key = [named(known.keyCodec, known.keyVersion), named(keyCodec.id, keyCodec.version)]
  if (known.keyCodec !== null && keyCodec.id !== undefined && key[0] !== key[1]) {
    refuse(`keyCodec is ${key[0]}, not ${key[1]}`)
  }
  const { id, version, migrate } = valueCodec
  const [was, is] = [named(known.valueCodec, known.valueVersion), named(id, version)]
  const isOther = known.valueCodec !== null && id !== undefined && known.valueCodec !== id
  if (isOther || (known.valueVersion === undefined) !== (version === undefined))
    refuse(`valueCodec is ${was}, not ${is}`)
  if (known.valueVersion === version) return known
  if (known.valueVersion! > version!) refuse(`valueCodec is ${was}, which ${is} is too old to read`)
  if (!migrate) refuse(`valueCodec is ${was}, and ${is} has no function migrate`)
  return { ...known, valueVersion: version! }
}

function named(id: string | null | undefined, version: number | undefined): string {
  const name = id ?? 'a codec without an id'
  return version === undefined ? name : `${name} version ${version}`
}
