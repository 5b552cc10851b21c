import { load } from './load.js'

/** A number that stands for a native object: never for another one once that is closed. */
export type Handle = number
/** A count or a length, or a negative status: see status.ts. */
export type Outcome = number
/** A string, or the length of a key that stands at the beginning of the shared buffer. */
export type NativeKey = string | number

/** Opening and closing: called seldom. crates/millpond-node/src/open.rs */
export interface Binding {
  hotFunctions(): Hot
  registerBuffer(buffer: ArrayBuffer): number
  releaseBuffer(buffer: number): void
  openProvider(maxBytes: number | null): Outcome
  openStore(provider: Handle): Outcome
  closeProvider(provider: Handle): void
  openSnapshot(provider: Handle, store: Handle): Outcome
  closeSnapshot(provider: Handle, snapshot: Handle): void
  restore(store: Handle, snapshot: Handle): Outcome
  clear(store: Handle): Outcome
  savepoint(provider: Handle): Outcome
  endSavepoint(provider: Handle, keep: boolean): Outcome
  contents(store: Handle): Contents | null
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
  removeRange(store: Handle, unused: number, bounds: number, fromLength: number, toLength: number): Outcome
  valueOf(store: Handle, scan: Handle, key: NativeKey): Buffer | Outcome
}

export const binding: Binding = load()
export const hot: Hot = binding.hotFunctions()

/** A handle that nothing ever has. */
export const NO_HANDLE: Handle = -1
