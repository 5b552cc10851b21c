import { load } from './load.js'

/** A number that stands for a native object: never for another one once that is closed. */
export type Handle = number
/** A count or a length, or a negative status: see status.ts. */
export type Outcome = number
/** A string, or the length of a key that stands at the beginning of the shared buffer. */
export type NativeKey = string | number

/** What a store may have beside its rows, in a table of its own. */
export type Part = 'expiry' | 'dictionary'

/** What is called seldom. crates/millpond-node/src/open.rs */
export interface Binding extends DurableBinding {
  hotFunctions(): Hot & HotWindowed
  registerBuffer(buffer: ArrayBuffer): number
  releaseBuffer(buffer: number): void
  openProvider(maxBytes: number | null): Outcome
  openStore(provider: Handle): Outcome
  openWindowedStore(provider: Handle, options: WindowedDefinition): Outcome
  closeProvider(provider: Handle): void
  openSnapshot(provider: Handle, store: Handle): Outcome
  closeSnapshot(provider: Handle, snapshot: Handle): void
  restore(store: Handle, snapshot: Handle): Outcome
  clear(store: Handle): Outcome
  setBlank(store: Handle, blank: Uint8Array): void
  savepoint(provider: Handle): Outcome
  endSavepoint(provider: Handle, keep: boolean): Outcome
  contents(store: Handle): Contents | number
  lastErrorMessage(): string
}

/** The same for directories. crates/millpond-node/src/durable */
export interface DurableBinding {
  onNews(listener: () => void): boolean
  openDurable(options: DurableOptions): Outcome
  openDurableStore(provider: Handle, name: string, definition: string): Outcome
  openDurableWindowedStore(provider: Handle, name: string, definition: string, options: WindowedDefinition): Outcome
  redefineStore(provider: Handle, store: Handle, definition: string): Outcome
  storeDefinition(provider: Handle, name: string): string | number
  storeNames(provider: Handle): string[]
  closeStore(provider: Handle, store: Handle): Outcome
  seal(provider: Handle): Outcome
  progress(provider: Handle): DurableProgress | null
  retryCommit(provider: Handle): Outcome
  mergeSoon(provider: Handle): Outcome
  setOffset(provider: Handle, source: string, position: bigint): Outcome
  offsets(provider: Handle): { source: string; position: bigint }[] | number
  durableStats(provider: Handle): DurableStats | null
  closeDurable(provider: Handle, keep: boolean): Outcome
  openPart(provider: Handle, store: Handle, part: Part, create: boolean): Outcome
  openReaderStore(provider: Handle, name: string): Outcome
  openReaderWindowedStore(provider: Handle, name: string, options: WindowedDefinition): Outcome
  refreshReader(provider: Handle): Outcome
  startBackup(provider: Handle, target: string): Outcome
  startVerify(provider: Handle): Outcome
  startCompact(provider: Handle): Outcome
  job(number: number): JobProgress | null
  abortJob(number: number): void
  waitWritten(provider: Handle, milliseconds: number): Outcome
}

export interface DurableOptions {
  dir: string
  mapSize: number
  maxStores: number
  mode: number
  readOnly: boolean
  relaxed: boolean
  maxBatchBytes: number
}

export interface DurableProgress {
  /** Batches up to this one are acknowledged, and on the disk. */
  durable: number
  synced: number
  failedThrough: number
  status: number
  message: string
  failures: number
  pendingBytes: number
  /** How far writes are ahead of merges. */
  unmergedBytes: number
}

/** How far something is that another thread does. */
export interface JobProgress {
  ended: boolean
  /** What came of it: 0 if all is well. */
  status: Outcome
  doneBytes: number
  totalBytes: number
  /** What a verification found. */
  problems: DurableProblem[]
}

export interface DurableProblem {
  /** Empty for the catalog. */
  store: string
  key?: Uint8Array
  problem: string
}

export interface DurableStats {
  entries: number
  mapBytes: number
  logBytes: number
  overlayBytes: number
  pendingBytes: number
}

export interface Contents {
  entries: number
  sizeBytes: number
  nativeBytes: number
  timestamp: number
}

/** Every operation. crates/millpond-node/src/hot.rs */
export interface Hot {
  nothing(argument: number): Outcome
  get(store: Handle, key: NativeKey): Outcome
  has(store: Handle, key: NativeKey): Outcome
  put(store: Handle, key: NativeKey, start: number, end: number): Outcome
  putBytes(store: Handle, key: NativeKey, value: Uint8Array): Outcome
  remove(store: Handle, key: NativeKey): Outcome
  add(store: Handle, key: NativeKey, kind: number, at: number): Outcome
  updateFields(store: Handle, key: NativeKey, start: number, end: number): Outcome
  getMany(store: Handle, keys: number, values: number, from: number, count: number): Outcome
  scan(
    store: Handle,
    buffer: number,
    bounds: number,
    fromLength: number,
    toLength: number,
    rows: number,
    limit: number,
  ): Outcome
  scanNext(scan: Handle, buffer: number, rows: number, limit: number): Outcome
  scanClose(scan: Handle): Outcome
  count(store: Handle, unused: number, bounds: number, fromLength: number, toLength: number): Outcome
  about(store: Handle): Outcome
  removeRange(store: Handle, unused: number, bounds: number, fromLength: number, toLength: number): Outcome
  valueOf(store: Handle, scan: Handle, key: NativeKey): Buffer | Outcome
}

/** The same for windows and sessions. crates/millpond-node/src/hot_windowed.rs */
export interface HotWindowed {
  windowGet(store: Handle, key: NativeKey, start: number, end: number): Outcome
  windowPut(store: Handle, key: NativeKey, start: number, end: number, from: number, to: number): Outcome
  windowPutBytes(store: Handle, key: NativeKey, start: number, end: number, value: Uint8Array): Outcome
  windowRemove(store: Handle, key: NativeKey, start: number, end: number): Outcome
  windowAdd(store: Handle, key: NativeKey, start: number, end: number, kind: number, at: number): Outcome
  windowUpdateFields(store: Handle, key: NativeKey, start: number, end: number, from: number, to: number): Outcome
  windowFetch(store: Handle, buffer: number, key: NativeKey, flags: number, rows: number, limit: number): Outcome
  windowFetchAll(
    store: Handle,
    buffer: number,
    flags: number,
    fromLength: number,
    toLength: number,
    rows: number,
    limit: number,
  ): Outcome
  windowExpire(store: Handle, time: number): Outcome
  windowValueOf(store: Handle, scan: Handle, length: number): Buffer | Outcome
  sessionNear(store: Handle, key: NativeKey, time: number, gap: number): Outcome
  sessionMerge(store: Handle, key: NativeKey, time: number, gap: number, from: number, to: number): Outcome
  sessionMergeBytes(store: Handle, key: NativeKey, time: number, gap: number, value: Uint8Array): Outcome
  sessionRemoveAll(store: Handle, key: NativeKey): Outcome
  sessionExpire(store: Handle, time: number): Buffer | Outcome
  streamTime(store: Handle): Outcome
  windowWrites(store: Handle): Outcome
}

/** What a store of windows or sessions is. */
export interface WindowedDefinition {
  sessions: boolean
  duplicates: boolean
  windowSize: number
}

export const binding: Binding = load()
export const hot: Hot & HotWindowed = binding.hotFunctions()

/** A handle that nothing ever has. */
export const NO_HANDLE: Handle = -1
