export type { CheckpointOptions, CheckpointResult } from './checkpoint/save.js'
export type { CheckpointStorage } from './checkpoint/storage.js'
export * from './codec/index.js'
export { DictionaryKeyEncoder } from './dictionary-key-encoder.js'
export { type ErrorCode, MillpondError } from './error.js'
export { HashStore } from './hash-store.js'
export { InMemoryStore } from './in-memory-store.js'
export type { MemoryStore, MemoryStoreOptions } from './memory-store.js'
export { MmapStateStore } from './mmap-state-store.js'
export type { RestoreOptions, RestoreResult } from './provider/checkpointing.js'
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
export { StateSnapshot } from './state-snapshot.js'
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
