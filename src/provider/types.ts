import type { Codec, KeyCodec, UnorderedCodec } from '../codec/codec.js'
import type { KeyValueOptions, KeyValueStore, ReadonlyStores, Snapshot } from '../store/types.js'

/** By source name, the next position to read from it. */
export type Offsets = Readonly<Record<string, bigint | number>>

export interface Stats {
  /** Over all stores. */
  entries: number
  /** Native memory in use, in bytes: what snapshots and iterators hold on to included. */
  nativeBytes: number
  /** Iterations that hold a view of an earlier moment. */
  openIterators: number
  /** How long ago the oldest of them began, in milliseconds; 0 without any. */
  oldestIteratorMs: number
}

/** Opens stores, and does what concerns all of them. */
export interface StateStoreProvider extends AsyncDisposable {
  /**
   * The store of this name, made if there is none.
   *
   * @throws {TypeError} for a name, a codec or an option that is missing, wrong or unknown
   * @throws {MillpondError} ERR_MILLPOND_STORE_MISMATCH, if the store exists with another codec
   */
  createKeyValueStore<K, V>(
    name: string,
    options: KeyValueOptions<UnorderedCodec<K>, V>,
  ): Omit<KeyValueStore<K, V>, 'range' | 'prefix'>
  createKeyValueStore<K, V, P>(name: string, options: KeyValueOptions<KeyCodec<K, P>, V>): KeyValueStore<K, V, P>
  createKeyValueStore<K, V>(name: string, options: KeyValueOptions<Codec<K>, V>): KeyValueStore<K, V>
  /**
   * Runs fn and returns what it returns. If it throws, or returns a promise, all that it wrote to any store of this
   * provider is taken back. It can't be nested, and no snapshot, commit or close is possible inside.
   */
  transactionSync<T>(fn: () => T & (T extends PromiseLike<unknown> ? never : unknown)): T
  /** Makes a boundary. With `commits: 'manual'` it can set offsets; in memory that is all it does. */
  commit(options?: { offsets?: Offsets }): Promise<void>
  /** What the last commits set: by source name, the next position to read. */
  offsets(): ReadonlyMap<string, bigint>
  /** All stores at one instant. O(stores). */
  snapshot(): ProviderSnapshot
  stats(): Stats
  flush(): Promise<void>
  /** Closes all stores and frees their memory. Closing twice is fine. */
  close(): Promise<void>
}

/** All stores at one instant; `createKeyValueStore` opens read-only views of them. */
export interface ProviderSnapshot extends Snapshot, ReadonlyStores {
  offsets(): ReadonlyMap<string, bigint>
}

export interface MemoryOptions {
  /** A limit on the native memory of all stores together, in bytes; none by default. */
  maxBytes?: number
  /** 'manual' lets `commit` set offsets; 'auto' is the default. */
  commits?: 'auto' | 'manual'
}
