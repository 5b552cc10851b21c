import { clearImmediate, setImmediate } from 'node:timers'
import { MillpondError } from '../error.js'
import { type DurableProgress, type Handle, native } from '../native/binding.js'
import { failure, POISONED } from '../native/status.js'
import type { Commits } from '../store/owner.js'
import { Deferred } from './deferred.js'

/** Waits for a batch. */
class Waiter extends Deferred {
  batch = 0

  waitFor(batch: number, queue: Waiter[]): void {
    this.batch = batch
    queue.push(this)
  }
}

/** Settles those whose batch is done, and those whose batch failed, if there is a failure. */
function settle(queue: Waiter[], done: number, failedThrough: number, error: (() => Error) | undefined): void {
  for (let first = queue[0]; first; first = queue[0]) {
    if (first.batch <= done) first.resolve()
    else if (error && first.batch <= failedThrough) first.reject(error())
    else break
    queue.shift()
  }
}

/** The batches of a directory: from the write that begins one until it is durable. */
export class Batches implements Commits {
  congested = false
  /** Whether it is too much for writes that are awaited, too. */
  #overfull = false
  /** Whether writes are so far ahead of merges that whoever awaits one is to wait for them. */
  #isAhead = false
  /** The end of the stretch of JavaScript that wrote something. */
  #ending: NodeJS.Immediate | undefined
  /** Who waits for the batch of this stretch. */
  #stretch: Waiter | undefined
  /** Who waits for batches to be acknowledged, and to be on the disk, in the order of the batches. */
  readonly #waiting: Waiter[] = []
  readonly #waitingForDisk: Waiter[] = []
  /** The last batch that was ended. */
  #sealed = 0
  #failures = 0

  constructor(
    private readonly engine: Handle,
    private readonly mode: 'auto' | 'manual',
    private readonly maxPendingBytes: number,
    /** Whether batches are acknowledged before they are on the disk. */
    private readonly isRelaxed: boolean,
  ) {
    this.#sealed = this.look()?.durable ?? 0
  }

  get isManual(): boolean {
    return this.mode === 'manual'
  }

  get batch(): number {
    return this.#sealed
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
    const sealed = native().binding.seal(this.engine)
    if (sealed >= 0) this.#sealed = sealed
    if (sealed >= 0) stretch?.waitFor(sealed, this.#waiting)
    else stretch?.reject(failure(sealed))
    return sealed
  }

  /** Settles what can be, and sees how much waits for the disk, in the log's queue or to be merged. */
  look(): DurableProgress | null {
    const progress = native().binding.progress(this.engine)
    if (!progress) return null
    const waiting = progress.pendingBytes + progress.unmergedBytes
    this.congested = waiting > this.maxPendingBytes
    this.#overfull = waiting > 2 * this.maxPendingBytes
    // Who waited finds room for as much again, and not the limit at once.
    this.#isAhead = progress.unmergedBytes > this.maxPendingBytes / 2
    const { durable, synced, failedThrough, failures, status, message } = progress
    const error = failures > this.#failures ? () => failure(status, {}, message) : undefined
    this.#failures = failures
    // Before a failure those are told whose batches are durable, however far merges are behind.
    const isHeld = this.#isAhead && !error
    settle(this.#waiting, isHeld ? 0 : durable, failedThrough, error)
    settle(this.#waitingForDisk, isHeld ? 0 : synced, failedThrough, error)
    return progress
  }

  /** Resolves when a batch is on the disk. One that failed is tried again, one that is only written is synced. */
  #reached(batch: number): Promise<void> {
    const progress = this.look()
    if (!progress || (batch <= progress.synced && !this.#isAhead)) return Promise.resolve()
    const hasFailed = batch <= progress.failedThrough
    // Then nothing is tried any more, and there will be no news of it.
    if (hasFailed && progress.status === POISONED) return Promise.reject(failure(POISONED, {}, progress.message))
    if (hasFailed || this.isRelaxed) native().binding.retryCommit(this.engine)
    const waiter = new Waiter()
    waiter.waitFor(batch, this.#waitingForDisk)
    return waiter.promise
  }
}
