import { clearImmediate, setImmediate } from 'node:timers'
import { MillpondError } from '../error.js'
import { binding, type DurableProgress, type Handle } from '../native/binding.js'
import { failure, POISONED } from '../native/status.js'
import type { Commits } from '../store/owner.js'
import { Deferred } from './deferred.js'

/** Waits for a batch to be durable. */
class Waiter extends Deferred {
  batch = 0

  waitFor(batch: number, queue: Waiter[]): void {
    this.batch = batch
    queue.push(this)
  }
}

/** The batches of a directory: from the write that begins one until it is durable. */
export class Batches implements Commits {
  congested = false
  /** Whether it is too much for writes that are awaited, too. */
  #overfull = false
  /** The end of the stretch of JavaScript that wrote something. */
  #ending: NodeJS.Immediate | undefined
  /** Who waits for the batch of this stretch. */
  #stretch: Waiter | undefined
  /** In the order of their batches. */
  readonly #waiting: Waiter[] = []
  /** The last batch that was ended. */
  #sealed = 0
  #failures = 0

  constructor(
    private readonly engine: Handle,
    private readonly mode: 'auto' | 'manual',
    private readonly maxPendingBytes: number,
  ) {
    this.#sealed = this.look()?.durable ?? 0
  }

  /** How many commits failed. */
  get failures(): number {
    return this.#failures
  }

  wrote(): void {
    if (this.#ending === undefined && this.mode === 'auto') this.#ending = setImmediate(this.#endStretch)
  }

  readonly #endStretch = (): void => {
    if (this.#seal() >= 0) this.look()
  }

  settled<T>(result: T): Promise<T> {
    if (this.#ending === undefined) return Promise.resolve(result)
    this.#stretch ??= new Waiter()
    const { promise } = this.#stretch
    if (result === undefined) return promise as Promise<any>
    const withResult = promise.then(() => result)
    withResult.catch(() => {})
    return withResult
  }

  admit(store: string): void {
    this.look()
    if (this.congested) throw this.#refusal(store)
  }

  admitAwaited<T>(store: string, write: () => T): T {
    this.look()
    if (this.#overfull) throw this.#refusal(store)
    this.congested = false
    try {
      return write()
    } finally {
      this.look()
    }
  }

  #refusal(store: string): MillpondError {
    const message = `store ${JSON.stringify(store)}: more than maxPendingBytes (${this.maxPendingBytes}) wait for the disk`
    return new MillpondError('ERR_MILLPOND_BACKPRESSURE', message, { store, retryable: true })
  }

  async commit(): Promise<void> {
    const sealed = this.#seal()
    if (sealed < 0) throw failure(sealed)
    await this.#reached(this.#sealed)
  }

  async flush(): Promise<void> {
    await this.#reached(this.#sealed)
  }

  /** For the end: with `commits: 'auto'` what was written is a batch, with 'manual' it is none. */
  async finish(): Promise<void> {
    if (this.mode === 'auto') await this.commit()
    else await this.flush()
  }

  /** Before the process goes, in which nothing can be awaited: ends the stretch that runs, unless it may be taken back. */
  endNow(isInside: boolean): void {
    if (this.mode === 'auto' && !isInside) this.#seal()
  }

  /** Ends the batch, if something was written; returns the last one's number, or a status. */
  #seal(): number {
    clearImmediate(this.#ending)
    this.#ending = undefined
    const stretch = this.#stretch
    this.#stretch = undefined
    const sealed = binding.seal(this.engine)
    if (sealed >= 0) this.#sealed = sealed
    if (sealed >= 0) stretch?.waitFor(sealed, this.#waiting)
    else stretch?.reject(failure(sealed))
    return sealed
  }

  /** Settles what can be, and sees how much waits for the disk. */
  look(): DurableProgress | null {
    const progress = binding.progress(this.engine)
    if (!progress) return null
    this.congested = progress.pendingBytes > this.maxPendingBytes
    this.#overfull = progress.pendingBytes > 2 * this.maxPendingBytes
    const { durable, failedThrough, failures, status, message } = progress
    const hasFailed = failures > this.#failures
    this.#failures = failures
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      if (first.batch <= durable) first.resolve()
      else if (hasFailed && first.batch <= failedThrough) first.reject(failure(status, {}, message))
      else break
      this.#waiting.shift()
    }
    return progress
  }

  /** Resolves when a batch is durable. One that failed is tried again. */
  #reached(batch: number): Promise<void> {
    const progress = this.look()
    if (!progress || batch <= progress.durable) return Promise.resolve()
    if (batch <= progress.failedThrough) {
      // Then nothing is tried any more, and there will be no news of it.
      if (progress.status === POISONED) return Promise.reject(failure(POISONED, {}, progress.message))
      binding.retryCommit(this.engine)
    }
    const waiter = new Waiter()
    waiter.waitFor(batch, this.#waiting)
    return waiter.promise
  }
}
