import { addColumns } from './check.js'
import type { Batch } from './source.js'
import type { FlightState } from './state.js'
import { emptyTally, type Tally } from './tally.js'

export interface JobHooks {
  /** Called after each batch with the flights counted so far. */
  onProgress?(flights: number): void
  /** Makes the state durable together with the position from which to read on. */
  commit?(nextRow: number): Promise<void>
}

export interface JobResult {
  /** Sums over the columns as read, made without the state. */
  readonly totals: Tally
  /** From the first read to the last batch applied. */
  readonly seconds: number
  /** The part of it spent in `state.apply`: without decoding, progress and commits. */
  readonly applySeconds: number
}

/** The loop: read, apply, commit, tell. */
export async function runJob(
  batches: AsyncIterable<Batch>,
  state: FlightState,
  { onProgress, commit }: JobHooks = {},
): Promise<JobResult> {
  const totals = emptyTally()
  const start = performance.now()
  let applied = 0
  for await (const batch of batches) {
    const before = performance.now()
    state.apply(batch)
    applied += performance.now() - before
    addColumns(totals, batch)
    await commit?.(batch.nextRow)
    onProgress?.(totals.flights)
  }
  return { totals, seconds: (performance.now() - start) / 1000, applySeconds: applied / 1000 }
}
