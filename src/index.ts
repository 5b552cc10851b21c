export * from './codec/index.js'
export { type ErrorCode, MillpondError } from './error.js'
export { InMemoryStore, StateSnapshot } from './in-memory-store.js'
export { memory } from './provider/memory.js'
export type {
  MemoryOptions,
  Offsets,
  ProviderSnapshot,
  StateStoreProvider,
  Stats,
} from './provider/types.js'
export type {
  BatchOperation,
  FieldOps,
  KeyValueEntry,
  KeyValueOptions,
  KeyValueStore,
  ReadonlyKeyValueStore,
  ReadonlyStores,
  Rows,
  ScanOptions,
  Snapshot,
} from './store/types.js'
