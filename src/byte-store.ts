import { bytes } from './codec/bytes.js'
import { refusedIn } from './codec/part.js'
import { describe, invalidArgument } from './error.js'
import type { StateStoreProvider } from './provider/types.js'
import { StateSnapshot } from './state-snapshot.js'
import { Bounds } from './store/bounds.js'
import type { TypedKeyValueStore } from './store/key-value.js'
import type { KeyValueSnapshot } from './store/snapshot.js'
import type { KeyValueEntry, Rows, ScanOptions } from './store/types.js'

type Bytes = Uint8Array
type Entry = KeyValueEntry<Bytes, Bytes>

const codecs = { keyCodec: bytes(), valueCodec: bytes() }

/**
 * An engine as it is: a map from bytes to bytes, in unsigned byte order. What is put in is copied, what comes out is the
 * caller's own. Keys up to 1,900 bytes, values up to 1 GiB.
 *
 * @throws {TypeError} for a key or a value that is no Uint8Array
 * @throws {MillpondError} ERR_MILLPOND_CLOSED after close, ERR_MILLPOND_FULL where there is no room
 */
export abstract class ByteStore {
  readonly #store: TypedKeyValueStore<Bytes, Bytes, Bytes>

  /** @internal */
  constructor(provider: StateStoreProvider) {
    // The provider's own class behind the public type, for its scans over bytes.
    this.#store = provider.createKeyValueStore('bytes', codecs) as TypedKeyValueStore<Bytes, Bytes, Bytes>
  }

  get(key: Bytes): Bytes | undefined {
    return this.#store.getSync(key)
  }

  put(key: Bytes, value: Bytes): void {
    this.#store.putSync(key, value)
  }

  /** Removes a key; one that is not there is no error. */
  delete(key: Bytes): void {
    this.#store.deleteSync(key)
  }

  contains(key: Bytes): boolean {
    return this.#store.hasSync(key)
  }

  len(): number {
    return this.#store.countSync()
  }

  isEmpty(): boolean {
    return this.len() === 0
  }

  /** The sum of the lengths of all keys and values. */
  sizeBytes(): number {
    using view = this.snapshot()
    return view.sizeBytes()
  }

  /** The entries whose key begins with `prefix`; an empty one is every entry. */
  prefixScan(prefix: Bytes, options?: ScanOptions): Rows<Entry> {
    return this.#store.scanEntries(Bounds.prefix(checked(prefix, 'prefix')), options)
  }

  /** The entries with start ≤ key < end. */
  rangeScan(start: Bytes, end: Bytes, options?: ScanOptions): Rows<Entry> {
    return this.#store.scanEntries(Bounds.bytes(checked(start, 'start'), checked(end, 'end')), options)
  }

  /** Removes the entries with start ≤ key < end, and returns their number. O(log n + entries). */
  deleteRange(start: Bytes, end: Bytes): number {
    return this.#store.deleteBounds(Bounds.bytes(checked(start, 'start'), checked(end, 'end')))
  }

  clear(): void {
    this.#store.clearSync()
  }

  /** The value of a key, which is `fallback` now if there was none. */
  getOrInsert(key: Bytes, fallback: Bytes): Bytes {
    return this.#store.putIfAbsentSync(key, fallback) ?? fallback
  }

  /** Replaces a value by what fn makes of it; undefined deletes. Returns the new value. */
  update(key: Bytes, fn: (current: Bytes | undefined) => Bytes | undefined): Bytes | undefined {
    return this.#store.updateSync(key, fn)
  }

  /** A view of this moment. O(1) at any size. */
  snapshot(): StateSnapshot {
    return new StateSnapshot(this.#store.snapshot() as KeyValueSnapshot<Bytes, Bytes, Bytes>)
  }

  /** Replaces everything by what a snapshot holds, of a store of either engine. */
  restore(snapshot: StateSnapshot): void {
    if (!(snapshot instanceof StateSnapshot)) {
      throw invalidArgument(`restore: expected a StateSnapshot, got ${describe(snapshot)}`)
    }
    this.#store.restoreSync(snapshot.view)
  }

  /** The number of entries, as there is no fixed capacity. */
  capacity(): number {
    return this.len()
  }

  /** A hint without effect on the contents. */
  shrinkToFit(): void {
    this.len()
  }
}

/** A copy of bounds, which are kept until a scan begins. */
function checked(value: Bytes, name: string): Bytes {
  try {
    return codecs.keyCodec.encode(value)
  } catch (error) {
    throw refusedIn(name, error)
  }
}
