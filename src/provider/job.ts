import { clearInterval, setInterval } from 'node:timers'
import { binding, type DurableProblem, type Outcome } from '../native/binding.js'
import { failure } from '../native/status.js'
import { checkOptions, functionOrNothing, signalOrNothing } from '../options.js'
import { Deferred } from './deferred.js'
import { ignore, type Listener, listen } from './thread.js'
import type { LongWork } from './types.js'

const PROGRESS_MS = 50

export function checkLongWork(what: string, options: unknown): asserts options is LongWork {
  checkOptions<LongWork>(what, options, { onProgress: functionOrNothing, signal: signalOrNothing })
}

/**
 * Waits for what another thread was started to do; returns what it found.
 *
 * @param number its number, or the status for which it could not be started
 */
export async function jobDone(number: Outcome, options: LongWork = {}): Promise<readonly DurableProblem[]> {
  if (number < 0) throw failure(number)
  const { signal, onProgress } = options
  const job = new Job(number, options)
  const abort = () => binding.abortJob(number)
  signal?.addEventListener('abort', abort)
  if (signal?.aborted) abort()
  listen(job)
  const reporting = onProgress && setInterval(() => job.hearNews(), PROGRESS_MS)
  try {
    await job.promise
    return job.problems
  } finally {
    clearInterval(reporting)
    ignore(job)
    signal?.removeEventListener('abort', abort)
  }
}

class Job extends Deferred implements Listener {
  problems: readonly DurableProblem[] = []
  /** What `onProgress` threw, for which it was called off. */
  #thrown: { error: unknown } | undefined

  constructor(
    private readonly number: number,
    private readonly options: LongWork,
  ) {
    super()
  }

  hearNews(): void {
    const progress = binding.job(this.number)
    if (!progress) return
    const { ended, status, problems, doneBytes, totalBytes } = progress
    this.#report(doneBytes, totalBytes)
    if (!ended) return
    this.problems = problems
    if (this.#thrown) this.reject(this.#thrown.error)
    else if (status < 0) this.reject(failure(status, this.#cause))
    else this.resolve()
  }

  #report(doneBytes: number, totalBytes: number): void {
    if (this.#thrown) return
    try {
      this.options.onProgress?.({ doneBytes, totalBytes })
    } catch (error) {
      this.#thrown = { error }
      binding.abortJob(this.number)
    }
  }

  /** Why it was called off, where it was. */
  get #cause(): { cause?: unknown } {
    const { signal } = this.options
    return signal?.aborted ? { cause: signal.reason } : {}
  }
}
