import type { Handle, StoreTables } from '../native/binding.js'
import { failure } from '../native/status.js'
import { jobDone } from '../provider/job.js'
import { hearNews } from '../provider/thread.js'
import type { LongWork } from '../provider/types.js'
import { type Checkpoints, type InMemory, type Moment, Turns, uncommitted } from './engine.js'
import { NativeCheckpoints } from './native.js'

/** Checkpoints of the native engines in memory. */
export class MemoryCheckpoints extends NativeCheckpoints implements Checkpoints {
  readonly turns = new Turns()

  constructor(private readonly memory: InMemory) {
    super(memory.handle)
  }

  requireCommitted(what: string): void {
    if (this.memory.isDirty) throw uncommitted(what)
  }

  async moment(): Promise<Moment> {
    this.requireCommitted('checkpoint')
    const offsets = Array.from(this.memory.offsets, ([source, position]) => ({ source, position }))
    const opened: Handle[] = []
    const view = (table: Handle): Handle => {
      const view = this.binding.openSnapshot(this.engine, table)
      if (view < 0) throw failure(view)
      opened.push(view)
      return view
    }
    const views = this.memory.tables().map(tables => viewsOf(tables, view))
    return {
      bytes: (request, work) =>
        this.bytes(request, work, native => this.binding.startCheckpoint(this.engine, native, views, offsets)),
      end: () => {
        for (const view of opened) this.binding.closeSnapshot(this.engine, view)
      },
    }
  }

  async restoreStore(path: string, tables: StoreTables, work: LongWork): Promise<void> {
    await this.#replace([path], [tables], work)
  }

  async #replace(paths: readonly string[], stores: readonly StoreTables[], work: LongWork): Promise<void> {
    hearNews()
    this.memory.refuseWrites(true)
    try {
      await jobDone(() => this.binding.startRestore(this.engine, paths, stores), work)
    } finally {
      this.memory.refuseWrites(false)
    }
    this.memory.refresh()
  }

  async restore(paths: readonly string[], work: LongWork): Promise<void> {
    const { offsets } = this.contents(paths)
    await this.#replace(paths, this.memory.tables(), work)
    this.memory.offsets = new Map(offsets.map(({ source, position }) => [source, position]))
  }
}

function viewsOf({ store, expiry, dictionary, ...rest }: StoreTables, view: (table: Handle) => Handle): StoreTables {
  return {
    ...rest,
    store: view(store),
    ...(expiry === undefined ? {} : { expiry: view(expiry) }),
    ...(dictionary === undefined ? {} : { dictionary: view(dictionary) }),
  }
}
