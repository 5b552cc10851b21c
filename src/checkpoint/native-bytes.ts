import { setImmediate, setTimeout } from 'node:timers/promises'
import { MillpondError } from '../error.js'
import type { NativeBinding } from '../native/binding.js'
import { ABORTED, failure } from '../native/status.js'
import { Deferred } from '../provider/deferred.js'
import { ignore, type Listener, listen } from '../provider/thread.js'
import type { LongWork } from '../provider/types.js'
import type { CheckpointBytes, CheckpointOutcome } from './engine.js'

// What `feedCheckpoint` returns: crates/millpond-node/src/feed.rs.
const DONE = 0
const MORE = 1

/** The bytes that another thread writes, by the number of its job. */
export class NativeBytes implements CheckpointBytes {
  #outcome: CheckpointOutcome | undefined
  #isEnded = false

  constructor(
    private readonly binding: NativeBinding,
    private readonly job: number,
    private readonly work: LongWork,
  ) {}

  get outcome(): CheckpointOutcome {
    if (!this.#outcome) throw new MillpondError('ERR_MILLPOND_CODEC', 'the storage did not read all of the checkpoint')
    return this.#outcome
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { binding, job, work } = this
    const news = new NextNews()
    const abort = () => binding.abortJob(job)
    work.signal?.addEventListener('abort', abort)
    try {
      while (true) {
        const chunk = binding.checkpointChunk(job)
        if (chunk) yield chunk
        else if (await this.#feed()) continue
        else if (this.#look()) return
        else await news.next()
        work.signal?.throwIfAborted()
      }
    } finally {
      news.end()
      work.signal?.removeEventListener('abort', abort)
      this.end()
    }
  }

  end(): void {
    if (!this.#isEnded && !this.#outcome) abandon(this.binding, this.job)
    this.#isEnded = true
  }

  /** Hands some rows over, if the job packs what only this thread can read; whether it did, and others had their turn. */
  async #feed(): Promise<boolean> {
    const step = this.binding.feedCheckpoint(this.job)
    if (step < 0) throw failure(step)
    if (step === DONE) return false
    await (step === MORE ? setImmediate() : setTimeout(1))
    return true
  }

  /** Sees how far it is; whether it has ended. */
  #look(): boolean {
    const progress = this.binding.job(this.job)
    if (!progress) throw failure(ABORTED)
    const { ended, status, doneBytes, totalBytes, checkpoint } = progress
    this.work.onProgress?.({ doneBytes, totalBytes })
    if (!ended) return false
    if (status < 0) throw failure(status)
    const offsets = new Map(checkpoint?.offsets.map(({ source, position }) => [source, position]))
    this.#outcome = { isIncrement: checkpoint?.isIncrement ?? false, bytes: doneBytes, ...checkpoint, offsets }
    return true
  }
}

/** Nobody wants what a job does: it is called off, and forgotten when it has ended. */
function abandon(binding: NativeBinding, job: number): void {
  binding.abortJob(job)
  const listener = {
    hearNews() {
      while (binding.checkpointChunk(job)) {}
      const progress = binding.job(job)
      if (!progress || progress.ended) ignore(listener)
    },
  }
  listen(listener)
  listener.hearNews()
}

/** Waits for news from other threads. */
class NextNews implements Listener {
  #waiting: Deferred | undefined
  /** Whether there was some since the last wait. */
  #isMissed = false

  constructor() {
    listen(this)
  }

  hearNews(): void {
    this.#isMissed = !this.#waiting
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  async next(): Promise<void> {
    if (!this.#isMissed) {
      this.#waiting = new Deferred()
      await this.#waiting.promise
    }
    this.#isMissed = false
  }

  end(): void {
    ignore(this)
  }
}
