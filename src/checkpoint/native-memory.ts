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
    await this.#replace([path], [tables], work, () => this.memory.wrote())
  }

  /** `replaced` is called when the rows are others, before anybody sees them. */
  async #replace(
    paths: readonly string[],
    stores: readonly StoreTables[],
    work: LongWork,
    replaced: () => void,
  ): Promise<void> {
    hearNews()
    this.memory.refuseWrites(true)
    const ended = (isDone: boolean) => {
      if (!isDone) return
      replaced()
      this.memory.refresh()
    }
    try {
      await jobDone(() => this.binding.startRestore(this.engine, paths, stores), work, ended)
    } finally {
      this.memory.refuseWrites(false)
    }
  }

  async restore(paths: readonly string[], work: LongWork): Promise<void> {
    const offsets = new Map(this.contents(paths).offsets.map(({ source, position }) => [source, position]))
    await this.#replace(paths, this.memory.tables(), work, () => {
      this.memory.offsets = offsets
    })
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
