import { MillpondError } from '../../error.js'
import type { StateStoreProvider } from '../../provider/types.js'

export type Guarantee = 'at_least_once' | 'exactly_once'

/**
 * Where the batches of a provider may end.
 *
 * At least once: anywhere. Exactly once: where the checkpoint store is flushed, which flow does when a transaction is
 * committed. With one exception: a restore at startup writes what committed transactions left, record by record, and sets
 * its position last. Ended anywhere, it is repeated from the old position and comes to the same. So a restore that is too
 * much for one batch may take several. Once flow reads from a store or flushes, a transaction may be under way, and the
 * exception is over.
 */
export class Boundaries {
  #isRestoring = false
  #hasProcessed = false

  constructor(
    private readonly provider: StateStoreProvider,
    private readonly guarantee: Guarantee,
  ) {}

  /** A position was asked for: flow restores. */
  restores(): void {
    this.#isRestoring = true
  }

  /** Something was read: no restore does that. */
  reads(): void {
    this.#hasProcessed = true
  }

  /** What came before is durable, in one batch, when this resolves. */
  flush(): Promise<void> {
    this.#hasProcessed = true
    return this.provider.commit()
  }

  /** The same where that is no boundary of a transaction: then only what was flushed. */
  flushStore(): Promise<void> {
    return this.guarantee === 'exactly_once' ? this.provider.flush() : this.provider.commit()
  }

  /** Does a write that was refused for now, and changed nothing, once there is room for it. */
  async retry<T>(refusal: unknown, write: () => T): Promise<T> {
    for (;;) {
      const isTooLarge = codeOf(refusal) === 'ERR_MILLPOND_TRANSACTION_TOO_LARGE'
      await this.#makeRoom(refusal)
      try {
        return write()
      } catch (next) {
        // Then it is too large on its own.
        if (isTooLarge && codeOf(next) === 'ERR_MILLPOND_TRANSACTION_TOO_LARGE') throw next
        refusal = next
      }
    }
  }

  /** Waits until the disk has caught up, or ends the batch, where batches may end. */
  #makeRoom(refusal: unknown): Promise<void> {
    const code = codeOf(refusal)
    if (code === 'ERR_MILLPOND_BACKPRESSURE') return this.provider.flush()
    if (code === 'ERR_MILLPOND_TRANSACTION_TOO_LARGE' && this.#mayEndAnywhere) return this.provider.commit()
    throw refusal
  }

  get #mayEndAnywhere(): boolean {
    return this.guarantee === 'at_least_once' || (this.#isRestoring && !this.#hasProcessed)
  }
}

const codeOf = (error: unknown) => (error instanceof MillpondError ? error.code : undefined)
