import { ByteStore } from './byte-store.js'
import { checkOptions, optional } from './options.js'
import { checkWhole } from './provider/checks.js'
import { memory } from './provider/memory.js'

/** What an engine in memory is opened with. */
export interface MemoryStoreOptions {
  /** A limit on its native memory, in bytes; none by default. */
  maxBytes?: number
}

/** An engine in memory as it is: gone when it is closed. */
export abstract class MemoryStore extends ByteStore implements Disposable {
  readonly #provider

  /** @internal */
  constructor(name: string, options: MemoryStoreOptions, engine?: 'hash') {
    checkOptions<MemoryStoreOptions>(name, options, { maxBytes: optional(checkWhole(1, Number.MAX_SAFE_INTEGER)) })
    const provider = memory(engine ? { ...options, engine } : options)
    super(provider)
    this.#provider = provider
  }

  /** Nothing to do in memory. */
  flush(): void {
    this.len()
  }

  /** Frees all memory. Closing twice is fine. */
  close(): void {
    void this.#provider.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
