import type { CheckpointOptions, CheckpointResult } from '../checkpoint/save.js'
import type { CheckpointStorage } from '../checkpoint/storage.js'
import type { Codec, KeyCodec, UnorderedCodec } from '../codec/codec.js'
import type { KeyValueOptions, KeyValueStore, ReadonlyStores, Snapshot } from '../store/types.js'
import type { SessionOptions, SessionStore, WindowOptions, WindowStore } from '../store/windowed-types.js'
import type { RestoreOptions, RestoreResult } from './checkpointing.js'

/** By source name, the next position to read from it. */
export type Offsets = Readonly<Record<string, bigint | number>>

export interface Stats {
  /** Over all stores; on disk about. */
  entries: number
  /** Native memory in use, in bytes, and what the portable engine takes of the heap, as estimated: in memory what snapshots and iterators hold on to included. */
  nativeBytes: number
  /** Iterations that hold a view of an earlier moment. */
  openIterators: number
  /** How long ago the oldest of them began, in milliseconds; 0 without any. */
  oldestIteratorMs: number
}

/** Opens stores, and does what concerns all of them. */
export interface StateStoreProvider extends AsyncDisposable {
  /**
   * The store of this name, made if there is none. Names are 1 to 511 bytes of text as UTF-8, without NUL; those that
   * begin with `__millpond` are reserved.
   *
   * @throws {TypeError} for a name, a codec or an option that is missing, wrong or unknown
   * @throws {MillpondError} ERR_MILLPOND_STORE_MISMATCH, if the store exists with another codec: one of another id, of
   * an earlier version, or of a later one without `migrate`
   */
  createKeyValueStore<K, V>(
    name: string,
    options: KeyValueOptions<UnorderedCodec<K>, V>,
  ): Omit<KeyValueStore<K, V>, 'range' | 'prefix'>
  createKeyValueStore<K, V, P>(name: string, options: KeyValueOptions<KeyCodec<K, P>, V>): KeyValueStore<K, V, P>
  createKeyValueStore<K, V>(name: string, options: KeyValueOptions<Codec<K>, V>): KeyValueStore<K, V>
  /**
   * The store of windows of this name, made if there is none. What `createKeyValueStore` says of names and errors holds
   * here too; another `windowSize` or `retainDuplicates` is a mismatch as well. The retention may be another one, and is
   * what it was where none is given.
   */
  createWindowStore<K, V>(name: string, options: WindowOptions<K, V>): WindowStore<K, V>
  /** The store of sessions of this name, made if there is none: see `createWindowStore`. */
  createSessionStore<K, V>(name: string, options: SessionOptions<K, V>): SessionStore<K, V>
  /**
   * Runs fn and returns what it returns. If it throws, or returns a promise, all that it wrote to any store of this
   * provider is taken back. It can't be nested, and no snapshot, commit or close is possible inside.
   */
  transactionSync<T>(fn: () => T & (T extends PromiseLike<unknown> ? never : unknown)): T
  /**
   * Makes a boundary: what was written before is one batch, whole or not at all, and durable when this resolves. If it
   * rejects, the writes stay visible, and the next commit tries them again. With `commits: 'manual'` it can set offsets
   * with them. In memory setting offsets is all it does.
   *
   * @throws {MillpondError} ERR_MILLPOND_FULL, ERR_MILLPOND_IO: not durable yet
   * @throws {MillpondError} ERR_MILLPOND_POISONED: nobody knows whether it is durable
   */
  commit(options?: { offsets?: Offsets }): Promise<void>
  /** What the commits set: by source name, the next position to read. */
  offsets(): ReadonlyMap<string, bigint>
  /** All stores at one instant. O(stores). */
  snapshot(): ProviderSnapshot
  /**
   * Writes what all stores hold, with the offsets that belong to it, to a directory or another storage: by another thread, in a
   * format that every engine reads. In memory that is what was written before the call; on disk the last
   * batch that is durable when it begins, that of the call or a later one, and with `commits: 'manual'` the last commit. It is there wholly or not at all, verifies when it is read, and is there after a crash.
   *
   * @throws {MillpondError} ERR_MILLPOND_BUSY in memory with `commits: 'manual'`, if something is not committed: offsets and
   * rows would not agree
   * @throws {MillpondError} ERR_MILLPOND_FULL, ERR_MILLPOND_IO, for a directory: earlier checkpoints are untouched
   * @throws the signal's reason, if it was called off: nothing is left behind
   */
  checkpoint(target: string | CheckpointStorage, options?: CheckpointOptions): Promise<CheckpointResult>
  /**
   * Puts a checkpoint, the newest by default, in the place of all that the stores hold, and of the offsets: wholly, or not at
   * all. Stores that are missing are made; stores that it does not have are empty afterwards. Until it has ended writes are
   * refused with ERR_MILLPOND_BUSY; reads see what was there before.
   *
   * @throws {MillpondError} ERR_MILLPOND_NO_CHECKPOINT, if there is none
   * @throws {MillpondError} ERR_MILLPOND_STORE_MISMATCH, if a store is not what it was
   * @throws {MillpondError} ERR_MILLPOND_CORRUPTION, ERR_MILLPOND_WRONG_BASE, for what is not as it was written, or not there
   * @throws {MillpondError} ERR_MILLPOND_BUSY, if something is not committed, or someone else reads the directory
   */
  restoreCheckpoint(source: string | CheckpointStorage, options?: RestoreOptions): Promise<RestoreResult>
  stats(): Stats
  /** Makes no boundary; resolves when every batch that was ended so far is durable. At once in memory. */
  flush(): Promise<void>
  /** Closes all stores and frees their memory. Closing twice is fine: the promise is the same. */
  close(): Promise<void>
}

/** All stores at one instant; `createKeyValueStore` opens read-only views of them. */
export interface ProviderSnapshot extends Snapshot, ReadonlyStores {
  offsets(): ReadonlyMap<string, bigint>
}

/** Something of a directory that is not as it was written. */
export interface Problem {
  /** The store; empty for the catalog. */
  store: string
  /**
   * The key that it concerns, if it is one: decoded where its store is open, of windows `{ key, windowStart, windowEnd }`,
   * of sessions `{ key, sessionStart, sessionEnd }`; else its bytes.
   */
  key?: unknown
  problem: string
}

/** A provider of stores in a directory. */
export interface LmdbProvider extends StateStoreProvider {
  stats(): LmdbStats
  /**
   * Puts a packed copy in the place of the map's file, which gets as small as its contents. Reads and writes go on.
   *
   * @throws {MillpondError} ERR_MILLPOND_BUSY, while someone else has the directory open
   * @throws the signal's reason, if it was called off: nothing changed
   */
  compact(options?: LongWork): Promise<void>
  /**
   * Copies what is committed into a directory that is missing or empty, and verifies the copy, which `lmdb` opens. With
   * `commits: 'auto'` that is all that was written before the call, with 'manual' the last commit. Writes go on.
   *
   * @throws {MillpondError} ERR_MILLPOND_UNUSABLE, for a directory that is not empty
   * @throws the signal's reason, if it was called off
   */
  backup(path: string, options?: LongWork): Promise<void>
  /**
   * Reads all that the directory holds, and lists what is not as it was written; none if all is well: checksums of values
   * by store and key, LMDB's pages one by one, counts, sizes, the list of free pages, the log. Whatever it finds, the
   * process lives, which is more than can be said of a read that comes to a damaged page.
   */
  verify(options?: LongWork): Promise<readonly Problem[]>
  /**
   * Closes all stores. With `commits: 'auto'` what was written is durable when this resolves, with 'manual' what was not
   * committed is discarded. Rejects if something is not durable; the directory is closed all the same.
   */
  close(): Promise<void>
}

/** A directory that is read beside whoever writes it: what was durable when it was opened, or at the last `refresh`. */
export interface ReadonlyProvider extends ReadonlyStores, AsyncDisposable {
  /** By source name, the next position to read, as committed together with what is shown. */
  offsets(): ReadonlyMap<string, bigint>
  stats(): LmdbStats
  /** Goes on to what is durable now. Snapshots of a moment, and loops under way, keep what they see. */
  refresh(): Promise<void>
  /** As `LmdbProvider.verify`. */
  verify(options?: LongWork): Promise<readonly Problem[]>
  /** As `LmdbProvider.backup`, of what is durable when it begins. */
  backup(path: string, options?: LongWork): Promise<void>
  /** Closes all stores. Closing twice is fine: the promise is the same. */
  close(): Promise<void>
}

export interface LmdbStats extends Stats {
  /** Bytes of the map's pages that hold data, as of the last merge. */
  mapBytes: number
  /** Bytes of the log's files. */
  logBytes: number
  /** Native memory of what was written and is not merged yet, in bytes; `nativeBytes` is the same. */
  overlayBytes: number
  /** Bytes that were written and are not on the disk. */
  pendingBytes: number
  /** How many commits failed since the directory was opened. Each is tried again by the next one. */
  failedCommits: number
}

/** How far something is that takes time. */
export interface Progress {
  doneBytes: number
  totalBytes: number
}

/** Following something that takes time, and calling it off. */
export interface LongWork {
  onProgress?(progress: Progress): void
  /** Calls it off: it rejects with the signal's reason, and what there was before is untouched. */
  signal?: AbortSignal
}

export interface LmdbOptions {
  /** The directory, made if it is missing. One thread of one process can have it open for writing. */
  stateDir: string
  /**
   * The limit of the data in bytes, 1 MiB at least; 1 TiB by default. It takes address space, not disk, and is halved
   * while the system does not give so much.
   */
  mapSize?: number
  /** The most stores, from 1 to 32,767; 256 by default. */
  maxDbs?: number
  /** The mode of new files, 0o600 by default: the owner's alone. */
  mode?: number
  /**
   * What ends a batch, which is durable whole or not at all. 'auto', the default: the end of each synchronous stretch of
   * JavaScript, microtasks included; an awaited put is durable. 'manual': `commit` alone; an awaited put is visible.
   */
  commits?: 'auto' | 'manual'
  /**
   * When a commit is acknowledged. 'sync', the default: when it is on the disk. 'relaxed': when it is written, the disk
   * following within a tenth of a second; a crash of the machine, not one of the process, can lose what lies between.
   */
  durability?: 'sync' | 'relaxed'
  /**
   * How many bytes of ended batches may wait for the disk, and how far writes may run ahead of merges; 256 MiB by default.
   * Beyond it whoever awaits a write waits, and sync writes throw ERR_MILLPOND_BACKPRESSURE; beyond twice as many async ones
   * reject with it too; nothing changed then.
   */
  maxPendingBytes?: number
  /** The most bytes of one batch; 2 GiB by default. Beyond it a write throws ERR_MILLPOND_TRANSACTION_TOO_LARGE. */
  maxUncommittedBytes?: number
  /** What time it is for rows that expire, in milliseconds; `Date.now` by default. */
  clock?: () => number
}

export interface MemoryOptions {
  /**
   * What keeps the entries. 'sorted', the default: native code, in order. 'hash': the same with a table beside, so that look-ups
   * of single keys in key-value stores are O(1), for more memory and slower scans; window and session stores are sorted either
   * way, for they walk ranges. 'portable': TypeScript, with the same behaviour, several times slower and with about 300 bytes
   * beside each entry, on the heap; where none is named, a platform that no native binary fits gets it too, with one warning.
   */
  engine?: 'sorted' | 'hash' | 'portable'
  /** A limit on the memory of all stores together, in bytes; none by default. What 'portable' takes is an estimate. */
  maxBytes?: number
  /** 'manual' lets `commit` set offsets; 'auto' is the default. */
  commits?: 'auto' | 'manual'
  /** What time it is for rows that expire, in milliseconds; `Date.now` by default. */
  clock?: () => number
}
