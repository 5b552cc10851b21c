import { checkCodec } from '../codec/check.js'
import type { Codec } from '../codec/codec.js'
import { describe, invalidArgument, MillpondError } from '../error.js'
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

/** A codec without an id can't be compared; the others are the same if their ids and versions are. */
export function requireSameCodecs(
  name: string,
  known: KeyValueOptions<Codec<any>, any>,
  wanted: KeyValueOptions<Codec<any>, any>,
): void {
  for (const which of ['keyCodec', 'valueCodec'] as const) {
    const [before, now] = [known[which], wanted[which]]
    if (before.id === undefined || now.id === undefined) continue
    const [was, is] = [before, now].map(({ id, version }) => (version === undefined ? id : `${id} version ${version}`))
    if (was !== is) {
      const message = `store ${JSON.stringify(name)}: ${which} is ${was}, not ${is}`
      throw new MillpondError('ERR_MILLPOND_STORE_MISMATCH', message, { store: name })
    }
  }
}
