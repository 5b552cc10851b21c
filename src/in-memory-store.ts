import { MemoryStore, type MemoryStoreOptions } from './memory-store.js'

/**
 * The sorted memory engine as it is: a map from bytes to bytes, in unsigned byte order. Point operations are O(log n). Where no
 * native binary fits it is the portable one, as `memory()` is.
 *
 * @throws as {@link MemoryStore} says
 */
export class InMemoryStore extends MemoryStore {
  constructor(options: MemoryStoreOptions = {}) {
    super('InMemoryStore', options)
  }

  /** An empty store; the hint has no effect, for it grows without moving anything. */
  static withCapacity(_entries: number): InMemoryStore {
    return new InMemoryStore()
  }
}
