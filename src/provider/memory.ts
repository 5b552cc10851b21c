import type { Checkpoints, InMemory } from '../checkpoint/engine.js'
import type { Border, Handle, StoreTables } from '../native/binding.js'
import { failure, MISSING } from '../native/status.js'
import { checkOptions, functionOrNothing, oneOf, optional } from '../options.js'
import { engineInMemory } from '../portable/choose.js'
import { type Definition, windowedOf } from '../store/definition.js'
import type { Dictionary } from '../store/dictionary.js'
import type { Expiring } from '../store/expiring.js'
import { contentsOf } from '../store/snapshot.js'
import { type Engine, Provider } from './base.js'
import { checkWhole } from './checks.js'
import { Dictionaries } from './dictionaries.js'
import { Expirings } from './expirings.js'
import { MemoryCommits } from './memory-commits.js'
import type { OpenPart } from './parts.js'
import { Transactions } from './transactions.js'
import type { MemoryOptions, StateStoreProvider, Stats } from './types.js'

/**
 * A provider of stores in memory: in order, with O(1) snapshots, and gone with the process.
 *
 * @throws {MillpondError} ERR_MILLPOND_NO_BINARY, if a native engine is named and no binary fits
 * @throws {TypeError} for an option that is wrong or unknown, which the message names
 */
export function memory(options: MemoryOptions = {}): StateStoreProvider {
  checkOptions<MemoryOptions>('memory', options, {
    engine: optional(oneOf('sorted', 'hash', 'portable')),
    maxBytes: optional(checkWhole(1, Number.MAX_SAFE_INTEGER)),
    commits: optional(oneOf('auto', 'manual')),
    clock: functionOrNothing,
  })
  return new MemoryProvider(new MemoryEngine(options))
}

class MemoryEngine implements Engine, InMemory {
  readonly border: Border
  readonly handle: Handle
  readonly mode: 'auto' | 'manual'
  readonly transactions: Transactions
  readonly commits = new MemoryCommits()
  readonly checkpoints: Checkpoints
  offsets: ReadonlyMap<string, bigint> = new Map()
  readonly #isHashed: boolean
  readonly #stores = new Map<string, { definition: Definition; handle: Handle }>()
  readonly #expirings: Expirings
  readonly #dictionaries: Dictionaries

  constructor({ engine, maxBytes, commits = 'auto', clock = Date.now }: MemoryOptions) {
    const { border, checkpointsOf } = engineInMemory(engine)
    this.border = border
    const { binding } = border
    const handle = binding.openProvider(maxBytes ?? null)
    this.handle = handle
    const open: OpenPart = (_store, _part, create) => (create ? binding.openStore(handle, false) : MISSING)
    this.#expirings = new Expirings(this.border, clock, open)
    this.#dictionaries = new Dictionaries(this.border, open)
    if (this.handle < 0) throw failure(this.handle)
    this.#isHashed = engine === 'hash'
    this.mode = commits
    this.transactions = new Transactions(binding, this.handle)
    this.transactions.tookBack = () => {
      this.#dictionaries.takenBack()
      this.#expirings.refresh()
    }
    this.checkpoints = checkpointsOf(this)
  }

  setOffsets(offsets: ReadonlyMap<string, bigint>): void {
    this.offsets = offsets
  }

  expiringOf(name: string, store: Handle): Expiring {
    return this.#expirings.of(name, store)
  }

  dictionaryOf(name: string, store: Handle): Dictionary {
    return this.#dictionaries.of(name, store)
  }

  /** The tables beside stores. */
  *partTables(): Iterable<[store: string, table: Handle]> {
    yield* this.#expirings.tables()
    yield* this.#dictionaries.tables()
  }

  names(): Iterable<string> {
    return this.#stores.keys()
  }

  definition(name: string): Definition | undefined {
    return this.#stores.get(name)?.definition
  }

  open(name: string, definition: Definition): Handle {
    const { binding } = this.border
    const windowed = windowedOf(definition)
    const handle = windowed
      ? binding.openWindowedStore(this.handle, windowed)
      : binding.openStore(this.handle, this.#isHashed)
    if (handle < 0) throw failure(handle, { store: name })
    this.#stores.set(name, { definition, handle })
    return handle
  }

  redefine(name: string, handle: Handle, definition: Definition): void {
    this.#stores.set(name, { definition, handle })
  }

  get isDirty(): boolean {
    return this.mode === 'manual' && this.commits.isDirty
  }

  tables(): StoreTables[] {
    return Array.from(this.#stores, ([name, { definition, handle }]) => {
      const [expiry, dictionary] = [this.expiringOf(name, handle).handle, this.dictionaryOf(name, handle).handle]
      return {
        name,
        definition: JSON.stringify(definition),
        store: handle,
        ...(expiry === undefined ? {} : { expiry }),
        ...(dictionary === undefined ? {} : { dictionary }),
      }
    })
  }

  refuseWrites(isRefused: boolean): void {
    this.commits.congested = isRefused
  }

  wrote(): void {
    this.commits.wrote()
  }

  refresh(): void {
    this.#dictionaries.refresh()
    this.#expirings.refresh()
  }

  async release(): Promise<void> {
    this.transactions.takeBack()
    this.border.binding.closeProvider(this.handle)
  }
}

class MemoryProvider extends Provider<MemoryEngine> {
  stats(): Stats {
    this.requireOpen()
    const { binding } = this.engine.border
    let entries = 0
    let nativeBytes = 0
    for (const [name, handle] of this.stores) {
      const contents = contentsOf(binding, handle, name)
      entries += contents.entries
      nativeBytes += contents.nativeBytes
    }
    for (const [name, table] of this.engine.partTables()) nativeBytes += contentsOf(binding, table, name).nativeBytes
    return { entries, nativeBytes, ...this.iterations }
  }
}
