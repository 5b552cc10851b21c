import { string } from '../../codec/string.js'
import { tuple } from '../../codec/tuple.js'
import { u32 } from '../../codec/u32.js'
import { u64 } from '../../codec/u64.js'
import type { StateStoreProvider } from '../../provider/types.js'
import type { KeyValueStore } from '../../store/types.js'
import type { Boundaries } from './boundaries.js'
import { FlowStore } from './store.js'
import type { FlowChangelogCheckpointStore } from './types.js'

/** The store that positions are in; no other may have its name. */
export const POSITIONS = '__kafkats_changelog_positions'

/**
 * Positions in changelogs, in a store beside the state, whichever the guarantee: the next provider of the directory may
 * have the other one. A position is written after the state that it belongs to, and what is written later is durable
 * later or in the same batch, so it never leads.
 */
export class ChangelogPositions
  extends FlowStore<KeyValueStore<[string, number], bigint>>
  implements FlowChangelogCheckpointStore
{
  constructor(provider: StateStoreProvider, boundaries: Boundaries) {
    const codecs = { keyCodec: tuple(string(), u32()), valueCodec: u64() }
    super(provider.createKeyValueStore(POSITIONS, codecs), boundaries)
  }

  async get(topic: string, partition: number): Promise<bigint | undefined> {
    this.boundaries.restores()
    return this.store.getSync([topic, partition])
  }

  set(topic: string, partition: number, offset: bigint): Promise<void> {
    return this.write(() => this.store.putSync([topic, partition], offset))
  }

  override flush(): Promise<void> {
    return this.boundaries.flush()
  }
}
