import { checkCodec } from '../../codec/check.js'
import type { Codec } from '../../codec/codec.js'
import { invalidArgument } from '../../error.js'
import { checkOptions } from '../../options.js'
import { checkLength } from '../../store/times.js'
import { POSITIONS } from './positions.js'
import type { FlowCodec, FlowKeyValueOptions, FlowSessionOptions, FlowWindowOptions } from './types.js'

const codecs = { keyCodec: checkCodec, valueCodec: checkCodec }
const checkRetention = checkLength(0)

export function checkKeyValueStore(name: string, options: unknown): void {
  checkOptions<FlowKeyValueOptions<any, any>>(checkName(name), options, codecs)
}

export function checkWindowStore(name: string, options: unknown): void {
  checkOptions<FlowWindowOptions<any, any>>(checkName(name), options, {
    ...codecs,
    retentionMs: checkRetention,
    windowSizeMs: checkLength(0),
  })
}

export function checkSessionStore(name: string, options: unknown): void {
  checkOptions<FlowSessionOptions<any, any>>(checkName(name), options, { ...codecs, retentionMs: checkRetention })
}

/** Refuses our own store's name, and says how errors call the store; all else our provider looks at. */
function checkName(name: unknown): string {
  if (name === POSITIONS) throw invalidArgument(`name: ${POSITIONS} is where positions are kept`)
  return `store ${JSON.stringify(name)}`
}

/** The codecs of a store, in our terms: without an id, so that nothing is recorded of them and nothing compared. */
export function codecsOf<K, V>({ keyCodec, valueCodec }: FlowKeyValueOptions<K, V>) {
  return { keyCodec: nameless(keyCodec), valueCodec: nameless(valueCodec) }
}

function nameless<T>(codec: FlowCodec<T>): Codec<T> {
  return { encode: value => codec.encode(value), decode: bytes => codec.decode(bytes) }
}
