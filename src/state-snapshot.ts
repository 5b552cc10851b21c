import type { KeyValueSnapshot } from './store/snapshot.js'
import type { KeyValueEntry, Rows, ScanOptions } from './store/types.js'

type Bytes = Uint8Array

/** What an `InMemoryStore` or a `HashStore` held at one moment. */
export class StateSnapshot implements Disposable {
  /** @internal */
  readonly view: KeyValueSnapshot<Bytes, Bytes, Bytes>

  /** @internal */
  constructor(view: KeyValueSnapshot<Bytes, Bytes, Bytes>) {
    this.view = view
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
    return this.view.timestamp
  }

  /** Every entry, in key order. */
  iter(options?: ScanOptions): Rows<KeyValueEntry<Bytes, Bytes>> {
    return this.view.all(options)
  }

  /** Lets go of what it holds. Twice is fine. */
  [Symbol.dispose](): void {
    this.view[Symbol.dispose]()
  }
}
