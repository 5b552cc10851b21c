import { clearInterval, setInterval } from 'node:timers'
import { type DurableProblem, native, type Outcome } from '../native/binding.js'
import { ABORTED, failure } from '../native/status.js'
import { checkOptions, functionOrNothing, signalOrNothing } from '../options.js'
import { Deferred } from './deferred.js'
import { ignore, type Listener, listen } from './thread.js'
import type { LongWork } from './types.js'

const PROGRESS_MS = 50

export function checkLongWork(what: string, options: unknown): asserts options is LongWork {
  checkOptions<LongWork>(what, options, { onProgress: functionOrNothing, signal: signalOrNothing })
}

/**
 * Has another thread do something, and waits for it; returns what it found. Rejects with the signal's reason if it was
 * called off.
 *
 * @param start gives the job's number, or the status for which it could not be started
 * @param ended is called as soon as it has ended, before anybody else hears of that or anything else runs
 */
export async function jobDone(
  start: () => Outcome,
  options: LongWork = {},
  ended: (isDone: boolean) => void = () => {},
): Promise<readonly DurableProblem[]> {
  const { signal, onProgress } = options
  signal?.throwIfAborted()
  const number = start()
  if (number < 0) throw failure(number)
  const job = new Job(number, options, ended)
  const abort = () => native().binding.abortJob(number)
  signal?.addEventListener('abort', abort)
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
    private readonly end: (isDone: boolean) => void,
  ) {
    super()
  }

  hearNews(): void {
    const progress = native().binding.job(this.number)
    if (!progress) return
    const { ended, status, problems, doneBytes, totalBytes } = progress
    if (!ended) {
      this.#report(doneBytes, totalBytes)
      return
    }
    try {
      this.end(status >= 0)
    } catch (error) {
      this.reject(error)
    }
    this.#report(doneBytes, totalBytes)
    this.problems = problems
    if (this.#thrown) this.reject(this.#thrown.error)
    else if (status === ABORTED) this.reject(this.options.signal?.reason)
    else if (status < 0) this.reject(failure(status))
    else this.resolve()
  }

  #report(doneBytes: number, totalBytes: number): void {
    if (this.#thrown) return
    try {
      this.options.onProgress?.({ doneBytes, totalBytes })
    } catch (error) {
      this.#thrown = { error }
      native().binding.abortJob(this.number)
    }
  }
}
