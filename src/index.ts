export * from './codec/index.js'
export { DictionaryKeyEncoder } from './dictionary-key-encoder.js'
export { type ErrorCode, MillpondError } from './error.js'
export { InMemoryStore, StateSnapshot } from './in-memory-store.js'
export { lmdb } from './provider/lmdb.js'
export { memory } from './provider/memory.js'
export type {
  LmdbOptions,
  LmdbProvider,
  LmdbStats,
  LongWork,
  MemoryOptions,
  Offsets,
  Problem,
  Progress,
  ProviderSnapshot,
  ReadonlyProvider,
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
  WriteOptions,
} from './store/types.js'
export type {
  KeyedSession,
  KeyedWindowEntry,
  ReadonlySessionStore,
  ReadonlyWindowStore,
  Session,
  SessionOptions,
  SessionStore,
  WindowEntry,
  WindowOptions,
  WindowStore,
} from './store/windowed-types.js'
export * from './window/index.js'
