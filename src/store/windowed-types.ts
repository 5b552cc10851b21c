import type { Codec } from '../codec/codec.js'
import type { LongWork } from '../provider/types.js'
import type { FieldOps, Rows, ScanOptions, Snapshot } from './types.js'

export interface WindowEntry<V> {
  /** When the window starts, in milliseconds. */
  windowStart: number
  /** When it ends: the first moment that is not in it. */
  windowEnd: number
  value: V
}

export interface KeyedWindowEntry<K, V> extends WindowEntry<V> {
  key: K
}

/**
 * Reading from a store of windows: values by key and time. Times are whole milliseconds, before the epoch or after; as
 * bounds they may be infinite.
 *
 * @throws {TypeError} with `code: 'ERR_MILLPOND_INVALID_ARG'`, for a key that the codec does not take, for NaN and fractions
 * @throws {MillpondError} ERR_MILLPOND_CLOSED, after the store or its provider was closed
 */
export interface ReadonlyWindowStore<K, V> {
  readonly name: string
  /**
   * The value of a key and a window, which ends `windowSize` after its start unless said otherwise; undefined if there is
   * none. With `retainDuplicates` the first one. O(log n).
   */
  get(key: K, windowStart: number, windowEnd?: number): Promise<V | undefined>
  getSync(key: K, windowStart: number, windowEnd?: number): V | undefined
  /** The windows of a key that start from `from` to `to`, both inclusive, earliest first. O(log n + rows). */
  fetch(key: K, from: number, to: number, options?: ScanOptions): Rows<WindowEntry<V>>
  /** The windows of all keys that start from `from` to `to`, both inclusive, by start, end and key. O(rows · log n). */
  fetchAll(from: number, to: number, options?: ScanOptions): Rows<KeyedWindowEntry<K, V>>
  /**
   * The same of the keys from one to another, both inclusive, by encoded bytes; undefined is open. Looks at the windows of
   * all keys in that time.
   */
  fetchRange(
    keyFrom: K | undefined,
    keyTo: K | undefined,
    from: number,
    to: number,
    options?: ScanOptions,
  ): Rows<KeyedWindowEntry<K, V>>
  /** Every window, by start, end and key. */
  all(options?: ScanOptions): Rows<KeyedWindowEntry<K, V>>
  /** The largest start that was ever put, whatever was deleted since; -Infinity before the first. */
  readonly streamTime: number
  /** The number of windows, exact. O(1), on disk O(writes since the last merge). */
  count(): Promise<number>
  countSync(): number
  /** The number of windows: exact in memory, about on disk. O(1). */
  approximateNumEntries(): Promise<number>
}

/**
 * A store of windows. What `KeyValueStore` says of visibility, durability and errors holds here too.
 *
 * A window that ends more than `retention` before the stream time is late. It is kept until it expires, unless
 * `enforceRetention` is set: then it is dropped and counted in `droppedRecords`, which is no error.
 */
export interface WindowStore<K, V> extends ReadonlyWindowStore<K, V> {
  /**
   * Stores the value of a window in place of an earlier one, or with `retainDuplicates` behind the earlier ones. O(log n).
   *
   * @throws {RangeError} for an end before the start, or beyond the safe integers
   */
  put(key: K, value: V, windowStart: number, windowEnd?: number): Promise<void>
  putSync(key: K, value: V, windowStart: number, windowEnd?: number): void
  /** Removes a window, of duplicates all; one that is not there is no error. O(log n). */
  delete(key: K, windowStart: number, windowEnd?: number): Promise<void>
  deleteSync(key: K, windowStart: number, windowEnd?: number): void
  /**
   * Replaces the value of a window by what fn, which is synchronous, makes of it; undefined deletes. Returns the new value.
   * If fn throws or returns a promise, nothing changes. Not with `retainDuplicates`.
   */
  update(key: K, windowStart: number, fn: (current: V | undefined) => V | undefined): Promise<V | undefined>
  updateSync(key: K, windowStart: number, fn: (current: V | undefined) => V | undefined): V | undefined
  /**
   * Adds to the number of a window in place, a missing one counting as 0; returns the sum, also where it was dropped. Not
   * with `retainDuplicates`.
   *
   * @throws {MillpondError} ERR_MILLPOND_OVERFLOW, beyond the range of the type: nothing changed
   */
  add(key: K, windowStart: number, delta: V extends number | bigint ? V : never): Promise<V>
  addSync(key: K, windowStart: number, delta: V extends number | bigint ? V : never): V
  /** Changes fields of a window's struct in place, as `KeyValueStore.updateFields`. Not with `retainDuplicates`. */
  updateFields(key: K, windowStart: number, ops: FieldOps<V>): Promise<void>
  updateFieldsSync(key: K, windowStart: number, ops: FieldOps<V>): void
  /**
   * Removes the windows that ended before `now - retention`, all in one batch, and returns how many. O(removed · log n):
   * what earlier calls removed costs nothing.
   *
   * @throws {MillpondError} ERR_MILLPOND_NO_RETENTION, for a store without
   * @throws {MillpondError} ERR_MILLPOND_TRANSACTION_TOO_LARGE, where that is more than a batch may be: nothing is removed
   */
  expire(now: number): Promise<number>
  expireSync(now: number): number
  /** How many windows `enforceRetention` dropped since the store was opened. */
  readonly droppedRecords: number
  /** Removes every window. O(1). */
  clear(): Promise<void>
  /** A view of this moment, O(1) at any size. It holds on to what is overwritten until it is disposed. */
  snapshot(): Snapshot & ReadonlyWindowStore<K, V>
  /** Replaces everything by what a snapshot holds, in one batch. Of times to live see `KeyValueStore.restore`. */
  restore(source: string | Snapshot, options?: LongWork): Promise<void>
  init(): Promise<void>
  /** As the provider's: makes no boundary, and resolves when every batch that was ended so far is durable. */
  flush(): Promise<void>
  /** Closes this store object; the windows stay with the provider. Closing twice is fine. */
  close(): Promise<void>
}

export interface Session<V> {
  /** Its first moment, in milliseconds. */
  sessionStart: number
  /** Its last moment. */
  sessionEnd: number
  value: V
}

export interface KeyedSession<K, V> extends Session<V> {
  key: K
}

/** Reading from a store of sessions. What `ReadonlyWindowStore` says of times and errors holds here too. */
export interface ReadonlySessionStore<K, V> {
  readonly name: string
  /** The value of one session; undefined if there is none. O(log n). */
  get(key: K, sessionStart: number, sessionEnd: number): Promise<V | undefined>
  getSync(key: K, sessionStart: number, sessionEnd: number): V | undefined
  /**
   * The sessions of a key that have a moment from `from` to `to`: that end at `from` or later and start at `to` or earlier.
   * By start, then end. O(log n + sessions of the key that start within the longest session's length before `from`).
   */
  findSessions(key: K, from: number, to: number, options?: ScanOptions): Rows<Session<V>>
  /** The same of the keys from one to another, both inclusive; undefined is open. By key, start, end. O(their sessions). */
  findSessionsRange(
    keyFrom: K | undefined,
    keyTo: K | undefined,
    from: number,
    to: number,
    options?: ScanOptions,
  ): Rows<KeyedSession<K, V>>
  /** Every session, by key, start and end. */
  all(options?: ScanOptions): Rows<KeyedSession<K, V>>
  /** The largest end that was ever put, whatever was removed since; -Infinity before the first. */
  readonly streamTime: number
  /** The number of sessions, exact. O(1), on disk O(writes since the last merge). */
  count(): Promise<number>
  countSync(): number
  /** The number of sessions: exact in memory, about on disk. O(1). */
  approximateNumEntries(): Promise<number>
}

/**
 * A store of sessions: stretches of activity of a key. What `WindowStore` says of writes and of retention holds here too,
 * by the session's end.
 */
export interface SessionStore<K, V> extends ReadonlySessionStore<K, V> {
  /** Stores a session in place of one of the same key, start and end; it never merges. O(log n). */
  put(key: K, value: V, sessionStart: number, sessionEnd: number): Promise<void>
  putSync(key: K, value: V, sessionStart: number, sessionEnd: number): void
  /**
   * Puts one session in the place of those that `timestamp` lies in or is at most `gap` away from: from their first start
   * to their last end, `timestamp` included, with what fn, which is synchronous, makes of them. fn is given them by start;
   * none, if there are none. Returns the new session. If fn throws or returns a promise, nothing changes.
   *
   * With `enforceRetention` a session that is late is not stored; it is returned all the same.
   */
  merge(key: K, timestamp: number, gap: number, fn: (overlapping: readonly Session<V>[]) => V): Promise<Session<V>>
  mergeSync(key: K, timestamp: number, gap: number, fn: (overlapping: readonly Session<V>[]) => V): Session<V>
  /** Removes one session, or all of a key; none is no error. */
  remove(key: K, sessionStart?: number, sessionEnd?: number): Promise<void>
  removeSync(key: K, sessionStart?: number, sessionEnd?: number): void
  /**
   * Removes the sessions that ended before `now - retention`, all in one batch, and returns which they were, by their end.
   * O(removed · log n).
   *
   * @throws {MillpondError} ERR_MILLPOND_NO_RETENTION, for a store without
   */
  expire(now: number): Promise<Omit<KeyedSession<K, V>, 'value'>[]>
  expireSync(now: number): Omit<KeyedSession<K, V>, 'value'>[]
  /** How many sessions `enforceRetention` dropped since the store was opened. */
  readonly droppedRecords: number
  /** Removes every session. O(1). */
  clear(): Promise<void>
  /** A view of this moment, O(1) at any size. It holds on to what is overwritten until it is disposed. */
  snapshot(): Snapshot & ReadonlySessionStore<K, V>
  /** Replaces everything by what a snapshot holds, in one batch. Of times to live see `KeyValueStore.restore`. */
  restore(source: string | Snapshot, options?: LongWork): Promise<void>
  init(): Promise<void>
  /** As the provider's: makes no boundary, and resolves when every batch that was ended so far is durable. */
  flush(): Promise<void>
  /** Closes this store object; the sessions stay with the provider. Closing twice is fine. */
  close(): Promise<void>
}

export interface WindowOptions<K, V> {
  keyCodec: Codec<K>
  valueCodec: Codec<V>
  /** How long a window is, in milliseconds, of which nobody says when it ends. */
  windowSize: number
  /** How long after its end a window is kept, in milliseconds: not less than `windowSize`. Without it nothing expires. */
  retention?: number
  /** Drops windows that are late by more than the retention. */
  enforceRetention?: boolean
  /** Keeps the values of one key and window apart, in the order that they were put. */
  retainDuplicates?: boolean
  /** How long a window lives after it was written last, by the clock, in milliseconds. */
  ttl?: number
}

export interface SessionOptions<K, V> {
  keyCodec: Codec<K>
  valueCodec: Codec<V>
  /** How long after its end a session is kept, in milliseconds. Without it nothing expires. */
  retention?: number
  /** Drops sessions that are late by more than the retention. */
  enforceRetention?: boolean
  /** How long a session lives after it was written last, by the clock, in milliseconds. */
  ttl?: number
}
