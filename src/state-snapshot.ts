import { writeBytes } from './checkpoint/file.js'
import { NativeBytes } from './checkpoint/native-bytes.js'
import { bytes } from './codec/bytes.js'
import { describe, invalidArgument } from './error.js'
import { type Handle, native } from './native/binding.js'
import { failure } from './native/status.js'
import { checkLongWork, jobDone } from './provider/job.js'
import { checkPath } from './provider/lmdb-options.js'
import { memory } from './provider/memory.js'
import { hearNews } from './provider/thread.js'
import type { LongWork } from './provider/types.js'
import type { TypedKeyValueStore } from './store/key-value.js'
import type { KeyValueSnapshot } from './store/snapshot.js'
import type { KeyValueEntry, Rows, ScanOptions } from './store/types.js'

type Bytes = Uint8Array

const codecs = { keyCodec: bytes(), valueCodec: bytes() }

type View = KeyValueSnapshot<Bytes, Bytes, Bytes>

/** What was read, in a provider of its own. */
class Loaded {
  readonly #provider = memory({ engine: 'sorted' })
  readonly #store = this.#provider.createKeyValueStore('bytes', codecs) as TypedKeyValueStore<Bytes, Bytes, Bytes>

  get handle(): Handle {
    return this.#store.handle
  }

  /** A snapshot of it, with which it goes. */
  snapshot(timestamp: number): StateSnapshot {
    return new StateSnapshot(this.#store.snapshot() as View, timestamp, () => this.close())
  }

  close(): void {
    void this.#provider.close()
  }
}

/** What an `InMemoryStore` or a `HashStore` held at one moment. */
export class StateSnapshot implements Disposable {
  /** @internal */
  readonly view: View

  readonly #timestamp: number
  readonly #disposed: () => void

  /** @internal */
  constructor(view: View, timestamp = view.timestamp, disposed = () => {}) {
    this.view = view
    this.#timestamp = timestamp
    this.#disposed = disposed
  }

  get(key: Bytes): Bytes | undefined {
    return this.view.getSync(key)
  }

  contains(key: Bytes): boolean {
    return this.view.hasSync(key)
  }

  len(): number {
    return this.view.entries
  }

  isEmpty(): boolean {
    return this.len() === 0
  }

  sizeBytes(): number {
    return this.view.sizeBytes
  }

  /** When it was taken: milliseconds since the epoch. */
  timestamp(): number {
    return this.#timestamp
  }

  /** Every entry, in key order. */
  iter(options?: ScanOptions): Rows<KeyValueEntry<Bytes, Bytes>> {
    return this.view.all(options)
  }

  /** What it holds, packed: the format that the Rust crate and `StateSnapshot.fromBytes` read, with checksums. O(n). */
  toBytes(): Buffer {
    const packed = native().binding.packView(this.view.handle)
    if (typeof packed === 'number') throw failure(packed)
    return packed
  }

  /** The same, written to a file by another thread: it is there wholly or not at all. */
  async save(path: string, options: LongWork = {}): Promise<void> {
    checkPath(path, 'save: path')
    checkLongWork('save', options)
    options.signal?.throwIfAborted()
    await writeBytes(path, this.#packed(options), options.signal)
  }

  /** The same in pieces, as they are packed: to be sent. */
  stream(options: LongWork = {}): AsyncIterable<Uint8Array> {
    checkLongWork('stream', options)
    return this.#packed(options)
  }

  #packed(options: LongWork): NativeBytes {
    hearNews()
    const { binding } = native()
    const job = binding.startPack(this.view.handle)
    if (job < 0) throw failure(job)
    return new NativeBytes(binding, job, options)
  }

  /**
   * What was packed, from bytes at any alignment. O(n).
   *
   * @throws {MillpondError} ERR_MILLPOND_CORRUPTION where a bit has changed, or bytes are missing or too many
   */
  static fromBytes(bytes: Uint8Array): StateSnapshot {
    if (!(bytes instanceof Uint8Array))
      throw invalidArgument(`fromBytes: expected a Uint8Array, got ${describe(bytes)}`)
    const loaded = new Loaded()
    const contents = native().binding.unpackBytes(loaded.handle, bytes)
    if (typeof contents !== 'number') return loaded.snapshot(contents.timestamp)
    const error = failure(contents)
    loaded.close()
    throw error
  }

  /** What was packed into a file, read by another thread. */
  static async open(path: string, options: LongWork = {}): Promise<StateSnapshot> {
    checkPath(path, 'open: path')
    checkLongWork('open', options)
    hearNews()
    const { binding } = native()
    const contents = binding.packedContents(path)
    if (typeof contents === 'number') throw failure(contents)
    const loaded = new Loaded()
    try {
      await jobDone(() => binding.startUnpack(loaded.handle, path), options)
    } catch (error) {
      loaded.close()
      throw error
    }
    return loaded.snapshot(contents.timestamp)
  }

  /** Lets go of what it holds. Twice is fine. */
  [Symbol.dispose](): void {
    this.view[Symbol.dispose]()
    this.#disposed()
  }
}
