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

  /**
   * Tries a write again that was refused for now, and changed nothing: by way of its async form, which waits until the
   * disk has caught up, or in a batch of its own, where batches may end.
   */
  async retry<T>(refusal: unknown, write: () => Promise<T>): Promise<T> {
    const code = refusal instanceof MillpondError ? refusal.code : undefined
    if (code === 'ERR_MILLPOND_BACKPRESSURE') return write()
    if (code !== 'ERR_MILLPOND_TRANSACTION_TOO_LARGE' || !this.#mayEndAnywhere) throw refusal
    await this.provider.commit()
    return write()
  }

  get #mayEndAnywhere(): boolean {
    return this.guarantee === 'at_least_once' || (this.#isRestoring && !this.#hasProcessed)
  }
}
