import { randomBytes } from 'node:crypto'
import {
  type CheckpointBytes,
  type CheckpointRequest,
  type Checkpoints,
  type InMemory,
  type Moment,
  Turns,
  uncommitted,
} from '../../checkpoint/engine.js'
import type { CheckpointContents, StoreTables } from '../../native/binding.js'
import { failure } from '../../native/status.js'
import type { LongWork } from '../../provider/types.js'
import type { OpenHandles } from '../opened.js'
import { Refusal } from '../refusal.js'
import { PortableBytes } from './bytes.js'
import { CheckpointBase, momentOf, type StoreMoment } from './moment.js'
import { Pieces } from './pieces.js'
import { Checkpoint } from './reader.js'
import { loadStore, type Replacement } from './restore.js'
import { CheckpointWriter, type Written } from './writer.js'

type Offsets = ReadonlyMap<string, bigint>

/** Checkpoints of the portable engine, written and read by this thread. */
export class PortableCheckpoints implements Checkpoints {
  readonly turns = new Turns()

  constructor(
    private readonly open: OpenHandles,
    private readonly memory: InMemory,
  ) {}

  requireCommitted(what: string): void {
    if (this.memory.isDirty) throw uncommitted(what)
  }

  async moment(): Promise<Moment> {
    this.requireCommitted('checkpoint')
    const { offsets } = this.memory
    const stores = this.#momentsOf(this.memory.tables())
    return {
      bytes: (request, work) => new PortableBytes(this.#written(request, stores, offsets), sizeOf(stores), work),
      end: () => close(stores),
    }
  }

  bytesOf(stores: readonly StoreTables[], offsets: Offsets, work: LongWork): CheckpointBytes {
    const moments = this.#momentsOf(stores)
    const writer = new CheckpointWriter(randomBytes(16), undefined, undefined)
    return new PortableBytes(writer.write(moments, offsets), sizeOf(moments), work, () => close(moments))
  }

  #momentsOf(stores: readonly StoreTables[]): StoreMoment[] {
    return asFailure(() => stores.map(tables => momentOf(this.open, tables)))
  }

  *#written(request: CheckpointRequest, stores: readonly StoreMoment[], offsets: Offsets): Written {
    const provider = asFailure(() => this.open.provider(this.memory.handle))
    const { id, from, isBase } = request
    const since = from && provider.base?.id.equals(from) ? provider.base : undefined
    const base = isBase ? new CheckpointBase(id) : undefined
    try {
      return yield* new CheckpointWriter(id, since, base).write(stores, offsets)
    } finally {
      provider.proposed = base
    }
  }

  settle(isKept: boolean): void {
    // Of a provider that was closed meanwhile nothing is kept in mind.
    const provider = this.open.providers.get(this.memory.handle)
    if (!provider) return
    const { base, proposed } = provider
    provider.proposed = undefined
    if (isKept) provider.base = proposed
    const dropped = isKept ? base : proposed
    dropped?.close()
  }

  contents(paths: readonly string[]): CheckpointContents {
    const checkpoint = new Checkpoint(paths)
    try {
      return checkpoint.summary()
    } finally {
      checkpoint.close()
    }
  }

  async restore(paths: readonly string[], work: LongWork): Promise<void> {
    this.memory.offsets = await this.#replace(paths, this.memory.tables(), work)
  }

  async restoreStore(path: string, tables: StoreTables, work: LongWork): Promise<void> {
    await this.#replace([path], [tables], work)
    this.memory.wrote()
  }

  /** Puts what files have in the place of what stores hold; returns the offsets that they have. */
  async #replace(paths: readonly string[], stores: readonly StoreTables[], work: LongWork): Promise<Offsets> {
    work.signal?.throwIfAborted()
    const checkpoint = new Checkpoint(paths)
    this.memory.refuseWrites(true)
    try {
      await this.#load(checkpoint, stores, new Pieces(work, checkpoint.bytes))
    } catch (error) {
      throw asThrown(error)
    } finally {
      checkpoint.close()
      this.memory.refuseWrites(false)
    }
    this.memory.refresh()
    return checkpoint.offsets()
  }

  /** Reads all of it before anything is replaced, which then is done at once. */
  async #load(checkpoint: Checkpoint, stores: readonly StoreTables[], pieces: Pieces): Promise<void> {
    const loaded: Replacement[] = []
    for (const tables of stores) loaded.push(...(await loadStore(this.open, checkpoint, tables, pieces)))
    await pieces.turn()
    const { budget } = this.open.provider(this.memory.handle)
    budget.check(loaded.reduce((need, table) => need + table.need(), 0))
    for (const table of loaded) table.replace()
  }
}

/** What there is to write, about. */
const sizeOf = (stores: readonly StoreMoment[]) =>
  stores.flatMap(store => store.tables).reduce((bytes, table) => bytes + table.sizeBytes, 0)

function close(stores: readonly StoreMoment[]): void {
  for (const { tables } of stores) for (const table of tables) table.close()
}

function asFailure<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw asThrown(error)
  }
}

const asThrown = (error: unknown) => (error instanceof Refusal ? failure(error.status) : error)
