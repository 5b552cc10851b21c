import type { Codec } from '../codec/codec.js'
import { MillpondError } from '../error.js'
import type { WindowedDefinition } from '../native/binding.js'
import type { KeyValueOptions } from './types.js'
import type { SessionOptions, WindowOptions } from './windowed-types.js'

/** What a store is, as its provider keeps it: a durable one as JSON. Null stands for a codec without an id. */
export interface Definition {
  readonly kind: 'key-value' | 'window' | 'session'
  readonly keyCodec: string | null
  readonly keyVersion?: number
  readonly valueCodec: string | null
  readonly valueVersion?: number
  /** Of windows: how long they are, and whether those of one key and time are kept apart. */
  readonly windowSize?: number
  readonly retainDuplicates?: boolean
  /** How long windows and sessions are kept; undefined for ever. */
  readonly retention?: number
}

export function keyValueDefinition({ keyCodec, valueCodec }: KeyValueOptions<Codec<any>, any>): Definition {
  return { kind: 'key-value', ...codecsOf(keyCodec, valueCodec) }
}

export function windowDefinition(options: WindowOptions<any, any>): Definition {
  const { keyCodec, valueCodec, windowSize, retainDuplicates = false, retention } = options
  return {
    kind: 'window',
    ...codecsOf(keyCodec, valueCodec),
    windowSize,
    retainDuplicates,
    ...(retention === undefined ? {} : { retention }),
  }
}

export function sessionDefinition({ keyCodec, valueCodec, retention }: SessionOptions<any, any>): Definition {
  return { kind: 'session', ...codecsOf(keyCodec, valueCodec), ...(retention === undefined ? {} : { retention }) }
}

function codecsOf(keyCodec: Codec<any>, valueCodec: Codec<any>) {
  return {
    keyCodec: keyCodec.id ?? null,
    ...(keyCodec.version === undefined ? {} : { keyVersion: keyCodec.version }),
    valueCodec: valueCodec.id ?? null,
    ...(valueCodec.version === undefined ? {} : { valueVersion: valueCodec.version }),
  }
}

/** What native code has to know of a store of windows or sessions; undefined for any other. */
export function windowedOf({
  kind,
  windowSize = 0,
  retainDuplicates = false,
}: Definition): WindowedDefinition | undefined {
  if (kind === 'key-value') return undefined
  return { sessions: kind === 'session', duplicates: retainDuplicates, windowSize }
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
 * The definition of a store that is opened again: what it was, or with a later version of the value codec, or another
 * retention, if one is asked for. A codec without an id is not compared.
 *
 * @throws {MillpondError} ERR_MILLPOND_STORE_MISMATCH, if the store is not what is wanted
 */
export function reopened(
  store: string,
  known: Definition,
  wanted: Definition,
  valueCodec: Codec<any> | undefined,
): Definition {
  const refuse = (message: string) => {
    throw new MillpondError('ERR_MILLPOND_STORE_MISMATCH', `store ${JSON.stringify(store)}: ${message}`, { store })
  }
  if (known.kind !== wanted.kind) refuse(`it is of kind ${known.kind}, not ${wanted.kind}`)
  for (const option of ['windowSize', 'retainDuplicates'] as const) {
    if (known[option] !== wanted[option]) refuse(`${option} is ${known[option]}, not ${wanted[option]}`)
  }
  const [key, wantedKey] = [named(known.keyCodec, known.keyVersion), named(wanted.keyCodec, wanted.keyVersion)]
  if (known.keyCodec !== null && wanted.keyCodec !== null && key !== wantedKey) {
    refuse(`keyCodec is ${key}, not ${wantedKey}`)
  }
  const [was, is] = [named(known.valueCodec, known.valueVersion), named(wanted.valueCodec, wanted.valueVersion)]
  const { valueVersion: version } = wanted
  const isOther = known.valueCodec !== null && wanted.valueCodec !== null && known.valueCodec !== wanted.valueCodec
  if (isOther || (known.valueVersion === undefined) !== (version === undefined))
    refuse(`valueCodec is ${was}, not ${is}`)
  if (known.valueVersion! > version!) refuse(`valueCodec is ${was}, which ${is} is too old to read`)
  const isLater = known.valueVersion !== version
  if (isLater && !valueCodec?.migrate) refuse(`valueCodec is ${was}, and ${is} has no function migrate`)
  const { retention = known.retention } = wanted
  if (!isLater && retention === known.retention) return known
  return { ...known, ...(isLater ? { valueVersion: version! } : {}), ...(retention === undefined ? {} : { retention }) }
}

function named(id: string | null, version: number | undefined): string {
  const name = id ?? 'a codec without an id'
  return version === undefined ? name : `${name} version ${version}`
}
