import type { Codec } from '../codec/codec.js'
import { MillpondError } from '../error.js'
import type { KeyValueOptions } from './types.js'

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
