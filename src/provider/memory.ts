import type { Codec } from '../codec/codec.js'
import { describe, invalidArgument, MillpondError, outOfRange } from '../error.js'
import { binding, type Handle, NO_HANDLE } from '../native/binding.js'
import { CLOSED, failure } from '../native/status.js'
import { checkOptions, oneOf, optional } from '../options.js'
import { isThenable, type StoreOwner, TypedKeyValueStore } from '../store/key-value.js'
import { requireSameCodecs } from '../store/same-codecs.js'
import type { KeyValueOptions } from '../store/types.js'
import { Views } from '../store/views.js'
import { checkStore } from './checks.js'
import { mergeOffsets } from './offsets.js'
import { MemorySnapshot } from './snapshot.js'
import type { MemoryOptions, Offsets, StateStoreProvider, Stats } from './types.js'

/**
 * A provider of stores in memory: sorted, with O(1) snapshots, and gone with the process.
 *
 * @throws {TypeError} for an option that is wrong or unknown, which the message names
 */
export function memory(options: MemoryOptions = {}): StateStoreProvider {
  checkOptions<MemoryOptions>('memory', options, {
    maxBytes: optional((value, name) => {
      if (typeof value !== 'number') throw invalidArgument(`${name}: expected a number, got ${describe(value)}`)
      if (!Number.isSafeInteger(value) || value <= 0) {
        throw outOfRange(`${name}: expected a positive whole number of bytes, got ${value}`)
      }
    }),
    commits: optional(oneOf('auto', 'manual')),
  })
  return new MemoryProvider(options)
}

/** A store as the provider knows it. */
interface OpenStore {
  readonly handle: Handle
  readonly options: KeyValueOptions<Codec<any>, any>
}

/** Frees what a provider that was not closed left behind. */
const forgotten = new FinalizationRegistry<Handle>(provider => {
  binding.closeProvider(provider)
  warnOnce()
})

let warned = false
function warnOnce(): void {
  if (warned) return
  warned = true
  process.emitWarning('a millpond provider was collected without close(); its memory is free now', 'MillpondWarning')
}

class MemoryProvider implements StateStoreProvider, StoreOwner {
  readonly views: Views
  readonly #stores = new Map<string, OpenStore>()
  readonly #commits: 'auto' | 'manual'
  #handle: Handle
  #offsets: ReadonlyMap<string, bigint> = new Map()
  #inTransaction = false

  constructor({ maxBytes, commits = 'auto' }: MemoryOptions) {
    this.#handle = binding.openProvider(maxBytes ?? null)
    if (this.#handle < 0) throw failure(this.#handle)
    this.views = new Views(this.#handle, this)
    this.#commits = commits
    forgotten.register(this, this.#handle, this)
  }

  createKeyValueStore(name: string, options: KeyValueOptions<Codec<any>, any>): any {
    this.#requireOpen()
    checkStore(name, options)
    const known = this.#stores.get(name)
    if (known) requireSameCodecs(name, known.options, options)
    const open = known ?? this.#open(name, options)
    return new TypedKeyValueStore(name, open.handle, options, this)
  }

  #open(name: string, options: KeyValueOptions<Codec<any>, any>): OpenStore {
    const handle = binding.openStore(this.#handle)
    if (handle < 0) throw failure(handle, { store: name })
    const open = { handle, options }
    this.#stores.set(name, open)
    return open
  }

  transactionSync<T>(fn: () => T): T {
    this.#requireOpen()
    this.refuseInTransaction('transactionSync')
    if (typeof fn !== 'function') throw invalidArgument(`transactionSync: expected a function, got ${describe(fn)}`)
    let result: T
    this.#inTransaction = true
    try {
      this.atomically(() => {
        result = fn()
        if (isThenable(result)) {
          throw new MillpondError('ERR_MILLPOND_TRANSACTION', 'transactionSync: the function returned a promise')
        }
      })
    } finally {
      this.#inTransaction = false
    }
    return result!
  }

  atomically(fn: () => void): void {
    const begun = binding.savepoint(this.#handle)
    if (begun < 0) throw failure(begun)
    try {
      fn()
    } catch (error) {
      const undone = binding.endSavepoint(this.#handle, false)
      // Closed is nothing to undo; anything else is worse than what fn threw.
      throw undone < 0 && undone !== CLOSED ? failure(undone, { cause: error }) : error
    }
    const ended = binding.endSavepoint(this.#handle, true)
    if (ended < 0) throw failure(ended)
  }

  refuseInTransaction(what: string): void {
    if (this.#inTransaction) {
      throw new MillpondError('ERR_MILLPOND_TRANSACTION', `${what}: not possible inside transactionSync`)
    }
  }

  async commit(options: { offsets?: Offsets } = {}): Promise<void> {
    this.#requireOpen()
    this.refuseInTransaction('commit')
    checkOptions<{ offsets?: Offsets }>('commit', options, { offsets: () => {} })
    if (options.offsets === undefined) return
    if (this.#commits === 'auto') throw invalidArgument("commit: offsets need a provider with commits: 'manual'")
    this.#offsets = mergeOffsets(this.#offsets, options.offsets)
  }

  offsets(): ReadonlyMap<string, bigint> {
    this.#requireOpen()
    return new Map(this.#offsets)
  }

  snapshot(): MemorySnapshot {
    this.#requireOpen()
    this.refuseInTransaction('snapshot')
    return new MemorySnapshot(
      Array.from(this.#stores, ([name, { handle, options }]) => ({ name, handle, options })),
      new Map(this.#offsets),
      this.views,
    )
  }

  stats(): Stats {
    this.#requireOpen()
    let entries = 0
    let nativeBytes = 0
    for (const { handle } of this.#stores.values()) {
      const contents = binding.contents(handle)
      entries += contents?.entries ?? 0
      nativeBytes += contents?.nativeBytes ?? 0
    }
    const { openScans: count, oldestScanMs: oldestMs } = this.views
    return { entries, nativeBytes, openIterators: count, oldestIteratorMs: oldestMs }
  }

  async flush(): Promise<void> {
    this.#requireOpen()
  }

  async close(): Promise<void> {
    if (this.#handle === NO_HANDLE) return
    this.refuseInTransaction('close')
    forgotten.unregister(this)
    this.views.closeAll()
    binding.closeProvider(this.#handle)
    this.#handle = NO_HANDLE
    this.#stores.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #requireOpen(): void {
    if (this.#handle === NO_HANDLE) throw failure(CLOSED)
  }
}
