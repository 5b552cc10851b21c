import type { StateStoreProvider } from '../../provider/types.js'
import type { Boundaries } from './boundaries.js'
import { KeyValueAdapter } from './key-value.js'
import { checkKeyValueStore, checkSessionStore, checkWindowStore, codecsOf } from './options.js'
import { SessionAdapter } from './session.js'
import type {
  FlowChangelogCheckpointStore,
  FlowKeyValueOptions,
  FlowKeyValueStore,
  FlowSessionOptions,
  FlowSessionStore,
  FlowStateStoreProvider,
  FlowWindowOptions,
  FlowWindowStore,
} from './types.js'
import { WindowAdapter } from './window.js'

/** A provider of ours in flow's terms; C is its checkpoint store, or undefined. */
export class ProviderAdapter<C extends FlowChangelogCheckpointStore | undefined> implements FlowStateStoreProvider {
  constructor(
    readonly name: string,
    private readonly provider: StateStoreProvider,
    private readonly boundaries: Boundaries,
    private readonly checkpoints: C,
  ) {}

  getChangelogCheckpointStore(): C {
    return this.checkpoints
  }

  createKeyValueStore<K, V>(name: string, options: FlowKeyValueOptions<K, V>): FlowKeyValueStore<K, V> {
    checkKeyValueStore(name, options)
    const store = this.provider.createKeyValueStore<K, V>(name, codecsOf(options))
    return new KeyValueAdapter(store, this.boundaries)
  }

  createWindowStore<K, V>(name: string, options: FlowWindowOptions<K, V>): FlowWindowStore<K, V> {
    checkWindowStore(name, options)
    // A stream-stream join of equal times has windows of no length, which flow keeps for no time. Ours have some of both:
    // the length is only that of windows without an end, which flow has none of, and the time is taken off in expiry.
    const windowSize = Math.max(1, options.windowSizeMs)
    const retention = Math.max(windowSize, options.retentionMs)
    const store = this.provider.createWindowStore<K, V>(name, { ...codecsOf(options), windowSize, retention })
    return new WindowAdapter(store, this.boundaries, options.keyCodec, retention - options.retentionMs)
  }

  createSessionStore<K, V>(name: string, options: FlowSessionOptions<K, V>): FlowSessionStore<K, V> {
    checkSessionStore(name, options)
    const store = this.provider.createSessionStore<K, V>(name, { ...codecsOf(options), retention: options.retentionMs })
    return new SessionAdapter(store, this.boundaries, options.keyCodec)
  }

  close(): Promise<void> {
    return this.provider.close()
  }
}
