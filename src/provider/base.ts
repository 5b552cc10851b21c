import type { Checkpoints } from '../checkpoint/engine.js'
import type { CheckpointOptions, CheckpointResult } from '../checkpoint/save.js'
import type { CheckpointStorage } from '../checkpoint/storage.js'
import type { Codec } from '../codec/codec.js'
import { invalidArgument } from '../error.js'
import type { Border, Handle } from '../native/binding.js'
import { CLOSED, failure } from '../native/status.js'
import { checkOptions } from '../options.js'
import {
  type Definition,
  keyValueDefinition,
  reopened,
  sessionDefinition,
  windowDefinition,
} from '../store/definition.js'
import type { Dictionary } from '../store/dictionary.js'
import type { Expiring } from '../store/expiring.js'
import { TypedKeyValueStore } from '../store/key-value.js'
import type { Commits, StoreOwner } from '../store/owner.js'
import { TypedSessionStore } from '../store/session.js'
import type { KeyValueOptions } from '../store/types.js'
import { Views } from '../store/views.js'
import { TypedWindowStore } from '../store/window.js'
import type { SessionOptions, WindowOptions } from '../store/windowed-types.js'
import { checkpointOf, type Opened, type RestoreOptions, type RestoreResult, restoreInto } from './checkpointing.js'
import { checkSessionStore, checkStore, checkWindowStore } from './checks.js'
import { sweepingOf } from './expirings.js'
import { mergeOffsets } from './offsets.js'
import { StoresSnapshot } from './snapshot.js'
import type { Transactions } from './transactions.js'
import type { Offsets, StateStoreProvider, Stats } from './types.js'

/** Where the stores of a provider are kept. */
export interface Engine {
  readonly border: Border
  readonly handle: Handle
  /** What makes a boundary: the end of each stretch of JavaScript, or `commit` alone. */
  readonly mode: 'auto' | 'manual'
  readonly transactions: Transactions
  readonly commits: Commits
  /** By source name, the next position to read. */
  readonly offsets: ReadonlyMap<string, bigint>
  setOffsets(offsets: ReadonlyMap<string, bigint>): void
  /** The names of all stores. */
  names(): Iterable<string>
  /** What a store is; undefined if there is none of this name. */
  definition(name: string): Definition | undefined
  /** Opens a store, which is made if there is none. */
  open(name: string, definition: Definition): Handle
  redefine(name: string, store: Handle, definition: Definition): void
  /** When the rows of a store expire, which is open by this handle. */
  expiringOf(name: string, store: Handle): Expiring
  /** The codes of a store's strings, which is open by this handle. */
  dictionaryOf(name: string, store: Handle): Dictionary
  readonly checkpoints: Checkpoints
  /** Closes the stores that a provider had opened, and the engine itself if no other provider uses it. */
  release(stores: Iterable<Handle>): Promise<void>
}

/** Frees what a provider that was not closed left behind. */
export const forgotten = new FinalizationRegistry<() => Promise<void>>(release => {
  // Nobody is left to tell of a failure.
  release().catch(() => {})
  warnOnce()
})

let warned = false
function warnOnce(): void {
  if (warned) return
  warned = true
  process.emitWarning('a millpond provider was collected without close(); its memory is free now', 'MillpondWarning')
}

/** What all providers have in common, whatever keeps their stores. */
export abstract class Provider<E extends Engine> implements StateStoreProvider, StoreOwner {
  readonly views: Views
  readonly transactions: Transactions
  readonly commits: Commits
  readonly checkpoints: Checkpoints
  protected readonly stores = new Map<string, Handle>()
  /** The stores whose expired rows it removes. */
  readonly #sweeps = new Set<string>()
  /** Of the stores that were opened here. */
  readonly #valueCodecs = new Map<string, Codec<any>>()
  readonly #release: () => Promise<void>
  #closing: Promise<void> | undefined

  constructor(protected readonly engine: E) {
    this.views = new Views(engine.border, engine.handle, this, engine.checkpoints)
    this.transactions = engine.transactions
    this.checkpoints = engine.checkpoints
    this.commits = engine.commits
    const { stores } = this
    this.#release = () => engine.release(stores.values())
    forgotten.register(this, this.#release, this)
  }

  abstract stats(): Stats

  createKeyValueStore(name: string, options: KeyValueOptions<Codec<any>, any>): any {
    checkStore(name, options)
    const definition = keyValueDefinition(options)
    const { handle } = this.#open(name, definition, options.valueCodec)
    return new TypedKeyValueStore(name, handle, options, definition, this)
  }

  createWindowStore(name: string, options: WindowOptions<any, any>): any {
    checkWindowStore(name, options)
    const { handle, definition } = this.#open(name, windowDefinition(options), options.valueCodec)
    return new TypedWindowStore(name, handle, options, definition, this)
  }

  createSessionStore(name: string, options: SessionOptions<any, any>): any {
    checkSessionStore(name, options)
    const { handle, definition } = this.#open(name, sessionDefinition(options), options.valueCodec)
    return new TypedSessionStore(name, handle, options, definition, this)
  }

  /** Opens what is wanted, or what there is, as far as that is the same. */
  #open(name: string, wanted: Definition, valueCodec: Codec<any>): { handle: Handle; definition: Definition } {
    this.requireOpen()
    const known = this.engine.definition(name)
    const definition = known ? reopened(name, known, wanted, valueCodec) : wanted
    const handle = this.#handleOf(name, definition)
    if (known && definition !== known) this.engine.redefine(name, handle, definition)
    this.#valueCodecs.set(name, valueCodec)
    return { handle, definition }
  }

  expiringOf(name: string, store: Handle, ttl = Infinity): Expiring {
    const expiring = this.engine.expiringOf(name, store)
    expiring.ttl = ttl
    if (!this.#sweeps.has(name)) {
      this.#sweeps.add(name)
      expiring.sweepBy(sweepingOf(this.engine.border.hot, this.engine.definition(name)!, store, this.commits))
    }
    return expiring
  }

  dictionaryOf(name: string, store: Handle): Dictionary {
    return this.engine.dictionaryOf(name, store)
  }

  #handleOf(name: string, definition: Definition): Handle {
    const known = this.stores.get(name)
    if (known !== undefined) return known
    const handle = this.engine.open(name, definition)
    this.stores.set(name, handle)
    return handle
  }

  transactionSync<T>(fn: () => T): T {
    this.requireOpen()
    return this.transactions.run(fn)
  }

  async commit(options: { offsets?: Offsets } = {}): Promise<void> {
    this.requireOpen()
    this.transactions.refuseAll('commit')
    checkOptions<{ offsets?: Offsets }>('commit', options, { offsets: () => {} })
    if (options.offsets !== undefined) {
      if (this.engine.mode === 'auto') throw invalidArgument("commit: offsets need a provider with commits: 'manual'")
      this.engine.setOffsets(mergeOffsets(this.engine.offsets, options.offsets))
    }
    await this.commits.commit()
  }

  offsets(): ReadonlyMap<string, bigint> {
    this.requireOpen()
    return new Map(this.engine.offsets)
  }

  snapshot(): StoresSnapshot {
    this.requireOpen()
    this.transactions.refuse('snapshot')
    const stores = Array.from(this.engine.names(), name => {
      const definition = this.engine.definition(name)!
      const handle = this.#handleOf(name, definition)
      const coding = this.engine.dictionaryOf(name, handle).pinned()
      return { name, handle, definition, coding, expiring: this.engine.expiringOf(name, handle) }
    })
    return new StoresSnapshot(stores, new Map(this.engine.offsets), this.views)
  }

  async flush(): Promise<void> {
    this.requireOpen()
    await this.commits.flush()
  }

  async checkpoint(target: string | CheckpointStorage, options: CheckpointOptions = {}): Promise<CheckpointResult> {
    this.requireOpen()
    this.transactions.refuseAll('checkpoint')
    return checkpointOf(this.engine, target, options)
  }

  async restoreCheckpoint(source: string | CheckpointStorage, options: RestoreOptions = {}): Promise<RestoreResult> {
    this.requireOpen()
    this.transactions.refuseAll('restoreCheckpoint')
    const opened: Opened = {
      handleOf: (name, definition) => this.#handleOf(name, definition),
      valueCodecOf: name => this.#valueCodecs.get(name),
    }
    return restoreInto(this.engine, opened, source, options)
  }

  close(): Promise<void> {
    if (this.#closing) return this.#closing
    try {
      this.transactions.refuse('close')
    } catch (error) {
      return Promise.reject(error)
    }
    forgotten.unregister(this)
    this.views.closeAll()
    this.#closing = this.#release()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  protected requireOpen(): void {
    if (this.#closing) throw failure(CLOSED)
  }

  protected get iterations(): Pick<Stats, 'openIterators' | 'oldestIteratorMs'> {
    return { openIterators: this.views.openScans, oldestIteratorMs: this.views.oldestScanMs }
  }
}
