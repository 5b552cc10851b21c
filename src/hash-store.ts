import { MemoryStore, type MemoryStoreOptions } from './memory-store.js'

/**
 * The hash engine as it is: an `InMemoryStore` with a table beside its order. A look-up, and an overwrite of about equal
 * length, are O(1), put of a new key and delete O(log n); scans are in the same order, and slower, and it takes more memory.
 *
 * @throws as {@link MemoryStore} says
 */
export class HashStore extends MemoryStore {
  constructor(options: MemoryStoreOptions = {}) {
    super('HashStore', options, 'hash')
  }

  /** An empty store; the hint has no effect. */
  static withCapacity(_entries: number): HashStore {
    return new HashStore()
  }
}
