import { checkCodec } from '../codec/check.js'
import type { Codec } from '../codec/codec.js'
import { describe, invalidArgument } from '../error.js'
import { checkOptions } from '../options.js'
import type { KeyValueOptions } from '../store/types.js'

/** What every provider asks of a store's name and options. */
export function checkStore(name: unknown, options: unknown): asserts options is KeyValueOptions<Codec<any>, any> {
  if (typeof name !== 'string') throw invalidArgument(`name: expected a string, got ${describe(name)}`)
  if (name === '') throw invalidArgument('name: expected one that is not empty')
  checkOptions<KeyValueOptions<Codec<any>, any>>(`store ${JSON.stringify(name)}`, options, {
    keyCodec: checkCodec,
    valueCodec: checkCodec,
  })
}
