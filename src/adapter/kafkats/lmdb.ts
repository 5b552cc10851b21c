import { checkOptions, oneOf, optional } from '../../options.js'
import { lmdb } from '../../provider/lmdb.js'
import { Boundaries } from './boundaries.js'
import { ChangelogPositions } from './positions.js'
import { ProviderAdapter } from './provider.js'
import type { FlowLmdbOptions, FlowLmdbProvider } from './types.js'

/** `lmdb` looks at what it is given itself. */
const lookedAtLater = () => {}

/**
 * Stores of a directory for `flow({ stateStoreProvider })`. State and changelog positions agree after any end of the
 * process: see `processingGuarantee`, which has to be the same as flow's, and docs/kafkats.md.
 *
 * @throws {TypeError | RangeError} for an option that is missing, wrong or unknown, which the message names
 * @throws {MillpondError} as `lmdb` of millpond does
 */
export function flowLmdb(options: FlowLmdbOptions): FlowLmdbProvider {
  checkOptions<FlowLmdbOptions>('flowLmdb', options, {
    processingGuarantee: optional(oneOf('at_least_once', 'exactly_once')),
    stateDir: lookedAtLater,
    mapSize: lookedAtLater,
    maxDbs: lookedAtLater,
    mode: lookedAtLater,
    durability: lookedAtLater,
    maxPendingBytes: lookedAtLater,
    maxUncommittedBytes: lookedAtLater,
  })
  const { processingGuarantee = 'at_least_once', ...settings } = options
  const provider = lmdb({ ...settings, commits: processingGuarantee === 'exactly_once' ? 'manual' : 'auto' })
  const boundaries = new Boundaries(provider, processingGuarantee)
  return new ProviderAdapter('millpond-lmdb', provider, boundaries, new ChangelogPositions(provider, boundaries))
}
