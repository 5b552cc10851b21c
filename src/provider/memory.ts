import { binding, type Handle } from '../native/binding.js'
import { failure, MISSING } from '../native/status.js'
import { checkOptions, functionOrNothing, oneOf, optional } from '../options.js'
import { type Definition, windowedOf } from '../store/definition.js'
import type { Dictionary } from '../store/dictionary.js'
import type { Expiring } from '../store/expiring.js'
import type { Commits } from '../store/owner.js'
import { contentsOf } from '../store/snapshot.js'
import { type Engine, Provider } from './base.js'
import { checkWhole } from './checks.js'
import { Dictionaries } from './dictionaries.js'
import { Expirings } from './expirings.js'
import type { OpenPart } from './parts.js'
import { Transactions } from './transactions.js'
import type { MemoryOptions, StateStoreProvider, Stats } from './types.js'

/**
 * A provider of stores in memory: sorted, with O(1) snapshots, and gone with the process.
 *
 * @throws {TypeError} for an option that is wrong or unknown, which the message names
 */
export function memory(options: MemoryOptions = {}): StateStoreProvider {
  checkOptions<MemoryOptions>('memory', options, {
    maxBytes: optional(checkWhole(1, Number.MAX_SAFE_INTEGER)),
    commits: optional(oneOf('auto', 'manual')),
    clock: functionOrNothing,
  })
  return new MemoryProvider(new MemoryEngine(options))
}

const done = () => Promise.resolve()

/** In memory a write is as durable as it gets once it is done. */
const atOnce: Commits = {
  congested: false,
  isManual: false,
  batch: 0,
  wrote() {},
  settled: result => Promise.resolve(result),
  admit() {},
  admitAwaited: (_, write) => write(),
  commit: done,
  flush: done,
}

class MemoryEngine implements Engine {
  readonly handle: Handle
  readonly mode: 'auto' | 'manual'
  readonly transactions: Transactions
  readonly commits = atOnce
  offsets: ReadonlyMap<string, bigint> = new Map()
  readonly #definitions = new Map<string, Definition>()
  readonly #expirings: Expirings
  readonly #dictionaries: Dictionaries

  constructor({ maxBytes, commits = 'auto', clock = Date.now }: MemoryOptions) {
    const handle = binding.openProvider(maxBytes ?? null)
    this.handle = handle
    const open: OpenPart = (_store, _part, create) => (create ? binding.openStore(handle) : MISSING)
    this.#expirings = new Expirings(clock, open)
    this.#dictionaries = new Dictionaries(open)
    if (this.handle < 0) throw failure(this.handle)
    this.mode = commits
    this.transactions = new Transactions(this.handle)
    this.transactions.tookBack = () => {
      this.#dictionaries.takenBack()
      this.#expirings.refresh()
    }
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
  *tables(): Iterable<[store: string, table: Handle]> {
    yield* this.#expirings.tables()
    yield* this.#dictionaries.tables()
  }

  names(): Iterable<string> {
    return this.#definitions.keys()
  }

  definition(name: string): Definition | undefined {
    return this.#definitions.get(name)
  }

  open(name: string, definition: Definition): Handle {
    const windowed = windowedOf(definition)
    const handle = windowed ? binding.openWindowedStore(this.handle, windowed) : binding.openStore(this.handle)
    if (handle < 0) throw failure(handle, { store: name })
    this.#definitions.set(name, definition)
    return handle
  }

  redefine(name: string, _: Handle, definition: Definition): void {
    this.#definitions.set(name, definition)
  }

  async release(): Promise<void> {
    this.transactions.takeBack()
    binding.closeProvider(this.handle)
  }
}

class MemoryProvider extends Provider<MemoryEngine> {
  stats(): Stats {
    this.requireOpen()
    let entries = 0
    let nativeBytes = 0
    for (const [name, handle] of this.stores) {
      const contents = contentsOf(handle, name)
      entries += contents.entries
      nativeBytes += contents.nativeBytes
    }
    for (const [name, table] of this.engine.tables()) nativeBytes += contentsOf(table, name).nativeBytes
    return { entries, nativeBytes, ...this.iterations }
  }
}
