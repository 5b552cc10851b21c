import type { Codec, KeyCodec, UnorderedCodec } from '../codec/codec.js'
import type { LongWork } from '../provider/types.js'
import type { ReadonlySessionStore, ReadonlyWindowStore, SessionOptions, WindowOptions } from './windowed-types.js'

export interface KeyValueEntry<K, V> {
  key: K
  value: V
}

/**
 * Rows of a store in the order of the encoded keys. Each iteration is a new view, taken when it begins, with the call of
 * `[Symbol.iterator]()`: what is written from then on does not show in it. Works in `for` and `for await`; leaving the loop
 * lets the view go.
 */
export interface Rows<T> extends Iterable<T>, AsyncIterable<T> {
  /** All rows. O(log n + rows). */
  toArray(): T[]
  /** The first row, without using any up. O(log n). */
  first(): T | undefined
}

export interface ScanOptions {
  /** From the last row to the first. */
  reverse?: boolean
  /** No more rows than this: a whole number, 0 for none. */
  limit?: number
  /** Ends the iteration with its reason, at the next row. */
  signal?: AbortSignal
}

export interface WriteOptions {
  /**
   * How long the row lives, in milliseconds; Infinity for ever. By default as the store's option says. Once it is over the
   * row is never returned, and counts as absent; it is removed in the background.
   */
  ttl?: number
}

/** What can be done with a field of a struct: numbers add, max, min or are set, others are set. */
export type FieldOps<V> = {
  [N in keyof V]?: V[N] extends number | bigint
    ? { add: V[N] } | { max: V[N] } | { min: V[N] } | { set: V[N] }
    : { set: V[N] }
}

export type BatchOperation<K, V> = { type: 'put'; key: K; value: V } | { type: 'delete'; key: K }

/**
 * Reading from a store of keys and values. Keys up to 1,900 bytes as encoded, values up to 1 GiB.
 *
 * Each async method does at once what its `…Sync` twin does, and rejects with what that throws.
 *
 * @throws {TypeError} with `code: 'ERR_MILLPOND_INVALID_ARG'`, for a key that the codec does not take
 * @throws {MillpondError} ERR_MILLPOND_CLOSED, after the store or its provider was closed
 */
export interface ReadonlyKeyValueStore<K, V, P = never> {
  readonly name: string
  /** The value of a key; undefined if there is none. O(log n). */
  get(key: K): Promise<V | undefined>
  getSync(key: K): V | undefined
  /** Whether a key has a value. O(log n). */
  has(key: K): Promise<boolean>
  hasSync(key: K): boolean
  /** The values of keys, in their order. Faster than one by one where the store is larger than the caches. */
  getMany(keys: Iterable<K>): Promise<(V | undefined)[]>
  getManySync(keys: Iterable<K>): (V | undefined)[]
  /** Every entry. */
  all(options?: ScanOptions): Rows<KeyValueEntry<K, V>>
  /** Every key; values are not decoded. */
  keys(options?: ScanOptions): Rows<K>
  /** Every value, in the order of the keys, which are not decoded. */
  values(options?: ScanOptions): Rows<V>
  /**
   * The entries from one key to another, both inclusive; undefined is open, reversed ends give none. Of a tuple key a
   * head will do, which as an upper end takes in all keys that begin with it.
   */
  range(from: K | P | undefined, to: K | P | undefined, options?: ScanOptions): Rows<KeyValueEntry<K, V>>
  /** The entries whose key begins with a prefix: of a string, of bytes, or the head of a tuple. */
  prefix(prefix: P, options?: ScanOptions): Rows<KeyValueEntry<K, V>>
  /**
   * The number of entries from one key to another, both inclusive. For all O(1), on disk O(writes since the last merge);
   * else O(log n + entries).
   */
  count(from?: K, to?: K): Promise<number>
  countSync(from?: K, to?: K): number
  /** The number of entries: exact in memory, about on disk. O(1). */
  approximateNumEntries(): Promise<number>
}

/**
 * A store of keys and values. A write is visible to every read that follows it, before it is durable.
 *
 * On disk the promise of an async write resolves when it is durable, with `commits: 'manual'` when it is visible; the
 * writes of one stretch of JavaScript share theirs. If it rejects because a commit failed, the write is not durable yet,
 * but stays visible, and the next commit tries it again. A promise that nobody awaits is no unhandled rejection.
 *
 * @throws {MillpondError} ERR_MILLPOND_TOO_LARGE, for a key or a value over its limit
 * @throws {MillpondError} ERR_MILLPOND_FULL, where `maxBytes`, `mapSize` or the disk leaves no room: nothing changed
 * @throws {MillpondError} ERR_MILLPOND_BACKPRESSURE, while more than `maxPendingBytes` wait for the disk: nothing changed
 * @throws {MillpondError} ERR_MILLPOND_TRANSACTION_TOO_LARGE, past `maxUncommittedBytes`: nothing changed
 * @throws {MillpondError} ERR_MILLPOND_POISONED, once a sync has failed, until the directory is opened anew
 */
export interface KeyValueStore<K, V, P = never> extends ReadonlyKeyValueStore<K, V, P> {
  /** Stores a value in place of an earlier one. O(log n). */
  put(key: K, value: V, options?: WriteOptions): Promise<void>
  putSync(key: K, value: V, options?: WriteOptions): void
  /** Removes a key; one that is not there is no error. O(log n). */
  delete(key: K): Promise<void>
  deleteSync(key: K): void
  /** The earlier value; undefined means that this one was stored. */
  putIfAbsent(key: K, value: V, options?: WriteOptions): Promise<V | undefined>
  putIfAbsentSync(key: K, value: V, options?: WriteOptions): V | undefined
  /**
   * Replaces a value by what fn, which is synchronous, makes of it; undefined deletes. Returns the new value. If fn
   * throws or returns a promise, nothing changes.
   */
  update(key: K, fn: (current: V | undefined) => V | undefined, options?: WriteOptions): Promise<V | undefined>
  updateSync(key: K, fn: (current: V | undefined) => V | undefined, options?: WriteOptions): V | undefined
  /**
   * Adds to a number in place, a missing one counting as 0; returns the sum. For u32(), u64(), i64() and f64() values.
   *
   * @throws {MillpondError} ERR_MILLPOND_OVERFLOW, beyond the range of the type: nothing changed
   */
  add(key: K, delta: V extends number | bigint ? V : never): Promise<V>
  addSync(key: K, delta: V extends number | bigint ? V : never): V
  /**
   * Changes fields of a struct in place, all of them or none. Of a missing entry each field named takes its operand,
   * and each other one the zero of its type.
   *
   * @throws {MillpondError} ERR_MILLPOND_OVERFLOW, beyond the range of a field: nothing changed
   */
  updateFields(key: K, ops: FieldOps<V>): Promise<void>
  updateFieldsSync(key: K, ops: FieldOps<V>): void
  /** Applies puts and deletes in their order: all of them, or none if one is refused. */
  batch(operations: Iterable<BatchOperation<K, V>>): Promise<void>
  batchSync(operations: Iterable<BatchOperation<K, V>>): void
  /** Removes every entry. O(1), whatever the size. */
  clear(): Promise<void>
  /** A view of this moment, O(1) at any size. It holds on to what is overwritten until it is disposed. */
  snapshot(): Snapshot & ReadonlyKeyValueStore<K, V, P>
  /**
   * Replaces everything by what a snapshot holds, or by what a file has of this store, or of the only store in it, that
   * `save` or `checkpoint` wrote. Of a snapshot, in memory O(changes) for this store's newest snapshot, else O(n), in one
   * go and one batch. Rows expire when they did there; those of a store without a time to live get that of this store, if it
   * has one, from now on, for which all of them are gone through. A file is read by another thread in memory, where writes are
   * refused meanwhile; on disk it is one batch, which this thread fills.
   *
   * @throws {MillpondError} ERR_MILLPOND_CORRUPTION, ERR_MILLPOND_UNUSABLE, for a file that is not as it was written, or of
   * another kind: nothing changed
   * @throws {MillpondError} ERR_MILLPOND_STORE_MISMATCH, if it is of a store of another kind or with other codecs
   */
  restore(source: string | Snapshot, options?: LongWork): Promise<void>
  init(): Promise<void>
  /** As the provider's: makes no boundary, and resolves when every batch that was ended so far is durable. */
  flush(): Promise<void>
  /** Closes this store object; the entries stay with the provider. Closing twice is fine. */
  close(): Promise<void>
}

/** A view of a moment, to be disposed: `using view = store.snapshot()`, or `view[Symbol.dispose]()`. */
export interface Snapshot extends Disposable {
  /** When it was taken: milliseconds since the epoch. */
  readonly timestamp: number
  /** How many there are. O(1), on disk O(writes since the last merge) when it is asked first. */
  readonly entries: number
  /** The sum of the lengths of all keys and values, as encoded. As costly as `entries`. */
  readonly sizeBytes: number
  /**
   * Writes it to a file, with checksums, that `restore` reads, into a store of any engine: by another thread; of a directory with
   * the rows handed over to it by this one, a fraction of a millisecond at a time. It is there wholly or not at all, in place of
   * an earlier file of this name. The snapshot may be disposed meanwhile.
   *
   * @throws {MillpondError} ERR_MILLPOND_FULL, ERR_MILLPOND_IO, where the system refuses it
   * @throws the signal's reason, if it was called off: what there was before is untouched
   */
  save(path: string, options?: LongWork): Promise<void>
}

export interface KeyValueOptions<C, V> {
  keyCodec: C
  valueCodec: Codec<V>
  /**
   * How long a row lives after it was written last, in milliseconds. `put` can say otherwise for one row; a store without
   * may have such rows too, and leaves them their time when they are changed in place.
   */
  ttl?: number
}

/** The stores of a provider, or of a view of one, by name. */
export interface ReadonlyStores {
  createKeyValueStore<K, V>(
    name: string,
    options: KeyValueOptions<UnorderedCodec<K>, V>,
  ): Omit<ReadonlyKeyValueStore<K, V>, 'range' | 'prefix'>
  createKeyValueStore<K, V, P>(
    name: string,
    options: KeyValueOptions<KeyCodec<K, P>, V>,
  ): ReadonlyKeyValueStore<K, V, P>
  createKeyValueStore<K, V>(name: string, options: KeyValueOptions<Codec<K>, V>): ReadonlyKeyValueStore<K, V>
  createWindowStore<K, V>(name: string, options: WindowOptions<K, V>): ReadonlyWindowStore<K, V>
  createSessionStore<K, V>(name: string, options: SessionOptions<K, V>): ReadonlySessionStore<K, V>
}
