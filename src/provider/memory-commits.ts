import { MillpondError } from '../error.js'
import type { Commits } from '../store/owner.js'

/** In memory a write is as durable as it gets once it is done. */
export class MemoryCommits implements Commits {
  /** Whether nothing is to be written, for all is about to be replaced. */
  congested = false
  readonly isManual = false
  readonly batch = 0
  /** Whether a user wrote something since the last commit. */
  isDirty = false

  wrote(isUpkeep = false): void {
    if (!isUpkeep) this.isDirty = true
  }

  settled<T>(result: T): Promise<T> {
    return Promise.resolve(result)
  }

  admit(store: string): void {
    const message = `store ${JSON.stringify(store)}: a checkpoint is being restored`
    throw new MillpondError('ERR_MILLPOND_BUSY', message, { store, retryable: true })
  }

  admitAwaited<T>(store: string, _: () => T): T {
    return this.admit(store) as never
  }

  async commit(): Promise<void> {
    this.isDirty = false
  }

  async flush(): Promise<void> {}
}
