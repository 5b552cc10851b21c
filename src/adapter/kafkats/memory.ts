import { checkOptions } from '../../options.js'
import { memory } from '../../provider/memory.js'
import { Boundaries } from './boundaries.js'
import { ProviderAdapter } from './provider.js'
import type { FlowMemoryOptions, FlowMemoryProvider } from './types.js'

/**
 * Stores in memory for `flow({ stateStoreProvider })`. It has no checkpoint store: what it holds is gone with the process,
 * and flow restores all of it from the changelogs.
 *
 * @throws {TypeError | RangeError} for an option that is wrong or unknown, which the message names
 */
export function flowMemory(options: FlowMemoryOptions = {}): FlowMemoryProvider {
  // `memory` looks at the limit itself.
  checkOptions<FlowMemoryOptions>('flowMemory', options, { maxBytes: () => {} })
  const provider = memory(options)
  return new ProviderAdapter('millpond-memory', provider, new Boundaries(provider, 'at_least_once'), undefined)
}
