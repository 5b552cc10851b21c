export { flowLmdb, flowLmdb as lmdb } from './lmdb.js'
export { flowMemory, flowMemory as memory } from './memory.js'
export type {
  FlowChangelogCheckpointStore,
  FlowCodec,
  FlowKeyValueOptions,
  FlowKeyValueStore,
  FlowLmdbOptions,
  FlowLmdbProvider,
  FlowMemoryOptions,
  FlowMemoryProvider,
  FlowSessionOptions,
  FlowSessionStore,
  FlowStateStoreProvider,
  FlowWindowedKey,
  FlowWindowOptions,
  FlowWindowStore,
} from './types.js'
