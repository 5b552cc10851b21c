import type {
  ChangelogCheckpointStore,
  Codec,
  KeyValueStore,
  KeyValueStoreOptions,
  SessionStore,
  SessionStoreOptions,
  StateStoreProvider,
  WindowedKey,
  WindowStore,
  WindowStoreOptions,
} from '@kafkats/flow'
import { codec, flow } from '@kafkats/flow'
import { describe, expectTypeOf, it } from 'vitest'
import type {
  FlowChangelogCheckpointStore,
  FlowCodec,
  FlowKeyValueOptions,
  FlowKeyValueStore,
  FlowLmdbProvider,
  FlowMemoryProvider,
  FlowSessionOptions,
  FlowSessionStore,
  FlowStateStoreProvider,
  FlowWindowedKey,
  FlowWindowOptions,
  FlowWindowStore,
} from '../../src/adapter/kafkats/index.js'
import { flowLmdb, flowMemory, lmdb, memory } from '../../src/adapter/kafkats/index.js'

declare const client: never
interface Order {
  total: number
}

describe('millpond/kafkats', () => {
  it('gives providers that flow takes', () => {
    expectTypeOf(flowLmdb).returns.toEqualTypeOf<FlowLmdbProvider>()
    expectTypeOf(flowMemory).returns.toEqualTypeOf<FlowMemoryProvider>()
    expectTypeOf<FlowStateStoreProvider>().toExtend<StateStoreProvider>()
    expectTypeOf<FlowLmdbProvider>().toExtend<StateStoreProvider>()
    expectTypeOf<FlowMemoryProvider>().toExtend<StateStoreProvider>()
    flow({ applicationId: 'app', client, stateStoreProvider: flowLmdb({ stateDir: '' }) })
    flow({ applicationId: 'app', client, stateStoreProvider: flowMemory() })
  })

  it('calls them as the peer does, too', () => {
    expectTypeOf(lmdb).toEqualTypeOf<typeof flowLmdb>()
    expectTypeOf(memory).toEqualTypeOf<typeof flowMemory>()
  })

  it('has the shapes of flow, one by one', () => {
    expectTypeOf<FlowCodec<Order>>().toEqualTypeOf<Codec<Order>>()
    expectTypeOf<FlowWindowedKey<string>>().toEqualTypeOf<WindowedKey<string>>()
    expectTypeOf<FlowKeyValueOptions<string, Order>>().toEqualTypeOf<KeyValueStoreOptions<string, Order>>()
    expectTypeOf<FlowWindowOptions<string, Order>>().toEqualTypeOf<WindowStoreOptions<string, Order>>()
    expectTypeOf<FlowSessionOptions<string, Order>>().toEqualTypeOf<SessionStoreOptions<string, Order>>()
    expectTypeOf<FlowKeyValueStore<string, Order>>().toEqualTypeOf<KeyValueStore<string, Order>>()
    expectTypeOf<FlowWindowStore<string, Order>>().toEqualTypeOf<WindowStore<string, Order>>()
    expectTypeOf<FlowSessionStore<string, Order>>().toEqualTypeOf<SessionStore<string, Order>>()
    expectTypeOf<FlowChangelogCheckpointStore>().toEqualTypeOf<Required<ChangelogCheckpointStore>>()
  })

  it('infers the types of a store from its codecs', async () => {
    const store = flowMemory().createWindowStore('store', {
      keyCodec: codec.string(),
      valueCodec: codec.json<Order>(),
      windowSizeMs: 1,
      retentionMs: 1,
    })
    expectTypeOf(store).toEqualTypeOf<FlowWindowStore<string, Order>>()
    for await (const [{ key, windowStart }, { total }] of store.fetch('a', 0, 1)) {
      expectTypeOf([key, windowStart, total] as const).toEqualTypeOf<readonly [string, number, number]>()
    }
  })

  it('knows its options', () => {
    flowLmdb({ stateDir: '', processingGuarantee: 'exactly_once', mapSize: 1, durability: 'relaxed' })
    // @ts-expect-error
    flowLmdb({})
    // @ts-expect-error
    flowLmdb({ stateDir: '', commits: 'manual' })
    // @ts-expect-error
    flowLmdb({ stateDir: '', processingGuarantee: 'twice' })
    // @ts-expect-error
    flowMemory({ stateDir: '' })
    expectTypeOf(flowLmdb({ stateDir: '' }).getChangelogCheckpointStore()).toEqualTypeOf<FlowChangelogCheckpointStore>()
    expectTypeOf(flowMemory().getChangelogCheckpointStore()).toEqualTypeOf<undefined>()
  })
})
