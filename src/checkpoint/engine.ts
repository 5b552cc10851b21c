import { MillpondError } from '../error.js'
import type { CheckpointContents, Handle, StoreTables } from '../native/binding.js'
import type { LongWork } from '../provider/types.js'

/** Which checkpoint is wanted of an engine. */
export interface CheckpointRequest {
  /** Sixteen bytes. */
  readonly id: Buffer
  /** The one that it may go on from, where the engine knows what changed since. */
  readonly from: Buffer | undefined
  /** Whether others are to go on from it: then it is settled afterwards, by whether it is kept. */
  readonly isBase: boolean
}

/** What a checkpoint came to. */
export interface CheckpointOutcome {
  readonly isIncrement: boolean
  readonly bytes: number
  readonly offsets: ReadonlyMap<string, bigint>
}

/** A checkpoint on its way: its bytes, and once they are read, what it came to. */
export interface CheckpointBytes extends AsyncIterable<Uint8Array> {
  readonly outcome: CheckpointOutcome
  /** Lets go of it: nobody reads more, or nobody began to. Twice is fine. */
  end(): void
}

/** What the stores of an engine hold, and when: for a checkpoint that is written later. */
export interface Moment {
  bytes(request: CheckpointRequest, work: LongWork): CheckpointBytes
  /** Lets go of it. */
  end(): void
}

/** What an engine does for checkpoints. Files of a checkpoint are given by their paths, the oldest first. */
export interface Checkpoints {
  /** The moment that a checkpoint is of. */
  moment(): Promise<Moment>
  settle(isKept: boolean): void
  contents(paths: readonly string[]): CheckpointContents
  /** Throws where something was written that is not committed. */
  requireCommitted(what: string): void
  /** Puts what a checkpoint has in the place of everything. Writes are refused meanwhile. */
  restore(paths: readonly string[], work: LongWork): Promise<void>
  /** The bytes of a file of stores, or of views of some, as they are now. */
  bytesOf(stores: readonly StoreTables[], offsets: ReadonlyMap<string, bigint>, work: LongWork): CheckpointBytes
  /** Puts what a file has of a store, by the name that it has there, in the place of all that one holds. */
  restoreStore(path: string, tables: StoreTables, work: LongWork): Promise<void>
  /** What concerns checkpoints is done one behind the other. */
  readonly turns: Turns
}

/** What is asked of an engine in memory. */
export interface InMemory {
  readonly handle: Handle
  /** Whether something was written since the last commit, where that makes a difference. */
  readonly isDirty: boolean
  offsets: ReadonlyMap<string, bigint>
  /** All stores with their tables. */
  tables(): StoreTables[]
  /** Lets nobody write, or lets them again. */
  refuseWrites(isRefused: boolean): void
  /** A user changed something. */
  wrote(): void
  /** The rows are others than they were. */
  refresh(): void
}

/** One behind the other. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  take<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run, run)
    this.#last = turn.catch(() => {})
    return turn
  }
}

export function uncommitted(what: string): MillpondError {
  const message = `${what}: something was written that is not committed`
  return new MillpondError('ERR_MILLPOND_BUSY', message, { retryable: true })
}
