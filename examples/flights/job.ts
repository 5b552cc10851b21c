import { addColumns } from './check.js'
import type { Batch } from './source.js'
import type { FlightState } from './state.js'
import { emptyTally, type Tally } from './tally.js'

export interface JobOptions {
  /** Called after each batch with the departure that comes next. */
  onProgress?(nextRow: number): void
  /** May make the state durable together with the position from which to read on. */
  commit?(nextRow: number): Promise<void>
  /** Calls the job off between two batches. */
  readonly signal?: AbortSignal
}

export interface JobResult {
  /** Sums over the columns as read, made without the state. A run that resumed adds those of the runs before. */
  readonly totals: Tally
  /** The flights of this run alone. */
  readonly counted: number
  /** From the first read to the end of the last commit. */
  readonly seconds: number
  /** The part of it spent in the state: without decoding, progress and commits. */
  readonly applySeconds: number
}

/** The loop: read, apply, commit, tell; and the end of the input. */
export async function runJob(
  batches: AsyncIterable<Batch>,
  state: FlightState,
  { onProgress, commit, signal }: JobOptions = {},
): Promise<JobResult> {
  const totals = emptyTally()
  const start = performance.now()
  let counted = 0
  let applied = 0
  const timed = (work: () => void) => {
    const before = performance.now()
    work()
    applied += performance.now() - before
  }
  for await (const batch of batches) {
    signal?.throwIfAborted()
    timed(() => state.apply(batch))
    counted += batch.delay.length
    addColumns(totals, batch)
    await commit?.(batch.nextRow)
    onProgress?.(batch.nextRow)
  }
  timed(() => state.end())
  return { totals, counted, seconds: (performance.now() - start) / 1000, applySeconds: applied / 1000 }
}
