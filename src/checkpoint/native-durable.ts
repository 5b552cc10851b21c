import type { Handle, StoreTables } from '../native/binding.js'
import { failure } from '../native/status.js'
import type { Batches } from '../provider/batches.js'
import { jobDone } from '../provider/job.js'
import type { LongWork } from '../provider/types.js'
import { type Checkpoints, type Moment, Turns, uncommitted } from './engine.js'
import { NativeCheckpoints } from './native.js'

/** What is asked of an engine on disk. */
export interface OnDisk {
  readonly handle: Handle
  readonly mode: 'auto' | 'manual'
  readonly commits: Batches
  /** The rows are others than they were. */
  refresh(): void
}

/** Checkpoints of a directory: of what is durable, whoever commits meanwhile. */
export class DurableCheckpoints extends NativeCheckpoints implements Checkpoints {
  readonly turns = new Turns()

  constructor(private readonly disk: OnDisk) {
    super(disk.handle)
  }

  requireCommitted(what: string): void {
    if (this.disk.mode === 'manual' && this.binding.isDirty(this.engine)) throw uncommitted(what)
  }

  async moment(): Promise<Moment> {
    // What was written before the call is in it, and in manual mode what was committed.
    await this.disk.commits.finish()
    return {
      bytes: (request, work) =>
        this.bytes(request, work, native => this.binding.startDurableCheckpoint(this.engine, native)),
      end: () => {},
    }
  }

  async restoreStore(path: string, tables: StoreTables, { signal }: LongWork): Promise<void> {
    signal?.throwIfAborted()
    const outcome = this.binding.restoreDurableStore(this.engine, path, tables)
    if (outcome < 0) throw failure(outcome, { store: tables.name })
    this.disk.commits.wrote()
    this.disk.refresh()
    await this.disk.commits.settled(undefined)
  }

  async restore(paths: readonly string[], work: LongWork): Promise<void> {
    // Ends the batch at once; that it is on the disk is waited for by the thread that restores.
    const committed = this.disk.commits.commit()
    // What keeps it from the disk is what keeps the restore from being done.
    committed.catch(() => {})
    // Until then reads see what was there: rows that are others must not be read with what is known of those.
    const show = () => {
      this.binding.showRestored(this.engine)
      this.disk.refresh()
    }
    await jobDone(() => this.binding.startDurableRestore(this.engine, paths), work, show)
    await committed
  }
}
