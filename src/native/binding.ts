import { MillpondError } from '../error.js'
import { load } from './load.js'

/** A number that stands for a native object: never for another one once that is closed. */
export type Handle = number
/** A count or a length, or a negative status: see status.ts. */
export type Outcome = number
/** A string, or the length of a key that stands at the beginning of the shared buffer. */
export type NativeKey = string | number

/**
 * The border between the typed stores and an engine, as the engine's side of it: plain functions with integer handles, which
 * take keys and values from shared memory and return lengths or statuses. Whoever calls holds it: there is one for each engine.
 */
export interface Border {
  readonly binding: Binding
  readonly hot: Operations
}

/** Every operation. */
export type Operations = Hot & HotWindowed

/** The border to the native engines. */
export interface NativeBorder extends Border {
  readonly binding: NativeBinding
}

/** What a store may have beside its rows, in a table of its own. */
export type Part = 'expiry' | 'dictionary'

/** What is called seldom. crates/millpond-node/src/open.rs */
export interface Binding {
  openProvider(maxBytes: number | null): Outcome
  openStore(provider: Handle, hashed: boolean): Outcome
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
}

/** What the addon exports beside. */
export interface NativeBinding extends Binding, DurableBinding {
  hotFunctions(): Operations
  registerBuffer(buffer: ArrayBuffer): number
  releaseBuffer(buffer: number): void
  lastErrorMessage(): string
  startCheckpoint(
    provider: Handle,
    request: CheckpointRequest,
    stores: readonly StoreTables[],
    offsets: readonly SourceOffset[],
  ): Outcome
  checkpointChunk(job: number): Buffer | null
  feedCheckpoint(job: number): Outcome
  settleCheckpoint(provider: Handle, kept: boolean): Outcome
  readCheckpoint(paths: readonly string[]): CheckpointContents | number
  startRestore(provider: Handle, paths: readonly string[], stores: readonly StoreTables[]): Outcome
  packView(view: Handle): Buffer | Outcome
  startPack(view: Handle): Outcome
  packedContents(path: string): { timestamp: number } | number
  unpackBytes(store: Handle, bytes: Uint8Array): { timestamp: number } | number
  startUnpack(store: Handle, path: string): Outcome
}

/** Which checkpoint is wanted; names are sixteen bytes. */
export interface CheckpointRequest {
  id: Uint8Array
  from?: Uint8Array
  isBase: boolean
}

/** A store, or a view of one, and the tables that belong to it. */
export interface StoreTables {
  name: string
  /** As JSON. */
  definition: string
  store: Handle
  expiry?: Handle
  dictionary?: Handle
}

export interface SourceOffset {
  source: string
  position: bigint
}

/** What a checkpoint says of itself. */
export interface CheckpointContents {
  offsets: SourceOffset[]
  stores: { name: string; definition: string; hasExpiry: boolean; hasDictionary: boolean }[]
  bytes: number
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
  offsets(provider: Handle): SourceOffset[] | number
  durableStats(provider: Handle): DurableStats | null
  closeDurable(provider: Handle, keep: boolean): Outcome
  startDurableCheckpoint(provider: Handle, request: CheckpointRequest): Outcome
  startDurableRestore(provider: Handle, paths: readonly string[]): Outcome
  isDirty(provider: Handle): boolean
  showRestored(provider: Handle): Outcome
  restoreDurableStore(provider: Handle, path: string, tables: StoreTables): Outcome
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
  /** What a checkpoint came to. */
  checkpoint?: { isIncrement: boolean; bytes: number; offsets: SourceOffset[] }
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

/** The operations on keys and values. crates/millpond-node/src/hot.rs */
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

/** What came of loading the addon: to load this library is no error where no binary fits. */
const loaded = tryToLoad()

function tryToLoad(): NativeBorder | MillpondError {
  try {
    const binding = load()
    return { binding, hot: binding.hotFunctions() }
  } catch (error) {
    return error as MillpondError
  }
}

/** The border to the native engines; undefined where no binary fits. */
export const maybeNative: NativeBorder | undefined = loaded instanceof Error ? undefined : loaded

/**
 * The border to the native engines.
 *
 * @throws {MillpondError} ERR_MILLPOND_NO_BINARY, where no binary fits
 */
export function native(): NativeBorder {
  if (!(loaded instanceof Error)) return loaded
  // Of this call, not of the import.
  throw new MillpondError(loaded.code, loaded.message, { cause: loaded.cause })
}

/** A handle that nothing ever has. */
export const NO_HANDLE: Handle = -1
