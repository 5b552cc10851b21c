// The shapes of `@kafkats/flow`, written out, so that this subpath loads and type-checks without that package. A type
// test holds them against the published ones.
import type { LmdbOptions } from '../../provider/types.js'

/** A codec of the flow runtime. */
export interface FlowCodec<T> {
  encode(value: T): Buffer
  decode(bytes: Buffer): T
}

export interface FlowKeyValueOptions<K, V> {
  keyCodec: FlowCodec<K>
  valueCodec: FlowCodec<V>
}

export interface FlowWindowOptions<K, V> extends FlowKeyValueOptions<K, V> {
  /** How long after its end a window is kept, in milliseconds. */
  retentionMs: number
  windowSizeMs: number
}

export interface FlowSessionOptions<K, V> extends FlowKeyValueOptions<K, V> {
  /** How long after its end a session is kept, in milliseconds. */
  retentionMs: number
}

/**
 * A store as the flow runtime sees it. A write resolves when every read sees it, which is at once, and waits for the disk
 * only while more than `maxPendingBytes` do. An iteration shows the store as it was when it began.
 */
export interface FlowKeyValueStore<K, V> {
  readonly name: string
  get(key: K): Promise<V | undefined>
  put(key: K, value: V): Promise<void>
  delete(key: K): Promise<void>
  /** All entries, by the bytes of their keys. */
  all(): AsyncIterable<[K, V]>
  /** From one key to another, both inclusive. O(log n + entries). */
  range(from: K, to: K): AsyncIterable<[K, V]>
  /** Exact in memory, about on disk. O(1). */
  approximateNumEntries(): Promise<number>
  init(): Promise<void>
  /** Resolves when all that was written, in exactly-once all that was flushed, is on the disk. */
  flush(): Promise<void>
  close(): Promise<void>
}

export interface FlowWindowedKey<K> {
  key: K
  /** Milliseconds; of a session its first moment. */
  windowStart: number
  /** Of a session its last moment. */
  windowEnd: number
}

/** Windows, in one order everywhere: by start, end, and the bytes of the key. */
export interface FlowWindowStore<K, V> extends FlowKeyValueStore<FlowWindowedKey<K>, V> {
  /** The windows of a key that start from one time to another, both inclusive. O(log n + windows). */
  fetch(key: K, timeFrom: number, timeTo: number): AsyncIterable<[FlowWindowedKey<K>, V]>
  fetchAll(timeFrom: number, timeTo: number): AsyncIterable<[FlowWindowedKey<K>, V]>
  fetchRange(keyFrom: K, keyTo: K, timeFrom: number, timeTo: number): AsyncIterable<[FlowWindowedKey<K>, V]>
  /** Removes the windows that ended before `currentTime - retentionMs`; returns how many. O(removed · log n). */
  expireOldWindows(currentTime: number): Promise<number>
}

/** Sessions, in one order everywhere: by the bytes of the key, start and end. */
export interface FlowSessionStore<K, V> extends FlowKeyValueStore<FlowWindowedKey<K>, V> {
  /** The sessions of a key that start at `latestEnd` or earlier and end at `earliestStart` or later. */
  findSessions(key: K, earliestStart: number, latestEnd: number): AsyncIterable<[FlowWindowedKey<K>, V]>
  /** Removes all sessions of a key. */
  remove(key: K): Promise<void>
  /** Removes the sessions that ended before `currentTime - retentionMs`; returns which. O(removed · log n). */
  expireOldSessions(currentTime: number): Promise<FlowWindowedKey<K>[]>
}

/** By changelog partition, the next offset to restore from. */
export interface FlowChangelogCheckpointStore {
  get(topic: string, partition: number): Promise<bigint | undefined>
  set(topic: string, partition: number, offset: bigint): Promise<void>
  /** Resolves when what was set is on the disk. In exactly-once it is what makes anything durable at all. */
  flush(): Promise<void>
}

/** What `flow({ stateStoreProvider })` takes. */
export interface FlowStateStoreProvider {
  readonly name: string
  getChangelogCheckpointStore(): FlowChangelogCheckpointStore | undefined
  createKeyValueStore<K, V>(name: string, options: FlowKeyValueOptions<K, V>): FlowKeyValueStore<K, V>
  createWindowStore<K, V>(name: string, options: FlowWindowOptions<K, V>): FlowWindowStore<K, V>
  createSessionStore<K, V>(name: string, options: FlowSessionOptions<K, V>): FlowSessionStore<K, V>
  /** Closes all stores. In exactly-once what was not flushed is discarded, else it is durable when this resolves. */
  close(): Promise<void>
}

export interface FlowLmdbProvider extends FlowStateStoreProvider {
  getChangelogCheckpointStore(): FlowChangelogCheckpointStore
}

export interface FlowMemoryProvider extends FlowStateStoreProvider {
  getChangelogCheckpointStore(): undefined
}

type Settings = 'stateDir' | 'mapSize' | 'maxDbs' | 'mode' | 'durability' | 'maxPendingBytes' | 'maxUncommittedBytes'

/** Those of `lmdb` that a flow application can use, with the guarantee in the place of `commits`. */
export interface FlowLmdbOptions extends Pick<LmdbOptions, Settings> {
  /**
   * The same as in `flow({ processingGuarantee })`, and 'at_least_once' by default as there. With 'exactly_once' the
   * directory holds what the last flush of the checkpoint store left, which flow calls when a transaction is committed:
   * state and positions of one moment, whatever ends the process. It takes one stream thread a provider.
   */
  processingGuarantee?: 'at_least_once' | 'exactly_once'
}

export interface FlowMemoryOptions {
  /** A limit on the native memory of all stores together, in bytes; none by default. */
  maxBytes?: number
}
