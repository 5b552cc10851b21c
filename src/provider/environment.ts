import { realpathSync } from 'node:fs'
import type { Checkpoints } from '../checkpoint/engine.js'
import { DurableCheckpoints, type OnDisk } from '../checkpoint/native-durable.js'
import { type Handle, native } from '../native/binding.js'
import { failure } from '../native/status.js'
import { type Definition, windowedOf } from '../store/definition.js'
import type { Dictionary } from '../store/dictionary.js'
import type { Expiring } from '../store/expiring.js'
import type { Engine } from './base.js'
import { Batches } from './batches.js'
import { Dictionaries } from './dictionaries.js'
import { definitionOf, offsetsOf } from './directory.js'
import { Expirings } from './expirings.js'
import { jobDone } from './job.js'
import { requireSameSettings, type Settings } from './lmdb-options.js'
import type { OpenPart } from './parts.js'
import { hearNews, ignore, type Listener, listen } from './thread.js'
import { Transactions } from './transactions.js'

/** Environments by the real path of their directory: within a thread all who open one share it. */
const shared = new Map<string, Environment>()

/** How long the end of a process waits for the log. */
const EXIT_PATIENCE_MS = 5000

/** A directory that is open for writing in this thread. */
export class Environment implements Engine, Listener, OnDisk {
  readonly border = native()
  readonly handle: Handle
  readonly mode: 'auto' | 'manual'
  readonly transactions: Transactions
  readonly commits: Batches
  readonly checkpoints: Checkpoints
  offsets: ReadonlyMap<string, bigint>
  readonly #settings: Settings
  readonly #expirings: Expirings
  readonly #dictionaries: Dictionaries
  readonly #path: string
  /** How many providers use it. */
  #users = 1

  /** Opens a directory, or shares the environment that this thread has of it. */
  static open(settings: Settings): Environment {
    const path = realPath(settings.stateDir)
    const known = path === undefined ? undefined : shared.get(path)
    if (!known) return new Environment(settings)
    requireSameSettings(known.#settings, settings)
    known.#users++
    return known
  }

  private constructor(settings: Settings) {
    hearNews()
    this.handle = openNative(settings, false)
    this.#settings = settings
    this.mode = settings.commits
    this.transactions = new Transactions(this.border.binding, this.handle)
    const { commits, maxPendingBytes, durability } = settings
    this.commits = new Batches(this.handle, commits, maxPendingBytes, durability === 'relaxed')
    this.offsets = offsetsOf(this.handle)
    const open: OpenPart = (store, part, create) => {
      const outcome = this.border.binding.openPart(this.handle, store, part, create)
      if (create && outcome >= 0) this.commits.wrote()
      return outcome
    }
    this.#expirings = new Expirings(this.border, settings.clock, open)
    this.#dictionaries = new Dictionaries(this.border, open)
    this.transactions.tookBack = () => {
      this.#dictionaries.takenBack()
      this.#expirings.refresh()
    }
    this.checkpoints = new DurableCheckpoints(this)
    this.#path = realPath(settings.stateDir) ?? settings.stateDir
    shared.set(this.#path, this)
    listen(this)
  }

  refresh(): void {
    this.offsets = offsetsOf(this.handle)
    this.#dictionaries.refresh()
    this.#expirings.refresh()
  }

  setOffsets(offsets: ReadonlyMap<string, bigint>): void {
    this.transactions.atomically(() => {
      for (const [source, position] of offsets) {
        if (this.offsets.get(source) !== position)
          this.#wrote(this.border.binding.setOffset(this.handle, source, position))
      }
    })
    this.offsets = offsets
  }

  expiringOf(name: string, store: Handle): Expiring {
    return this.#expirings.of(name, store)
  }

  dictionaryOf(name: string, store: Handle): Dictionary {
    return this.#dictionaries.of(name, store)
  }

  names(): Iterable<string> {
    return this.border.binding.storeNames(this.handle)
  }

  definition(name: string): Definition | undefined {
    return definitionOf(this.handle, name)
  }

  open(name: string, definition: Definition): Handle {
    const [windowed, text] = [windowedOf(definition), JSON.stringify(definition)]
    const handle = windowed
      ? this.border.binding.openDurableWindowedStore(this.handle, name, text, windowed)
      : this.border.binding.openDurableStore(this.handle, name, text)
    return this.#wrote(handle, name)
  }

  redefine(name: string, store: Handle, definition: Definition): void {
    this.#wrote(this.border.binding.redefineStore(this.handle, store, JSON.stringify(definition)), name)
  }

  /** What a write to the catalog ends in. */
  #wrote(outcome: number, store?: string): number {
    if (outcome < 0) throw failure(outcome, store === undefined ? {} : { store })
    this.commits.wrote()
    return outcome
  }

  async release(stores: Iterable<Handle>): Promise<void> {
    this.transactions.takeBack()
    const closed = [...stores]
    const tables = [...this.#expirings.release(closed), ...this.#dictionaries.release(closed)]
    for (const store of [...closed, ...tables]) this.border.binding.closeStore(this.handle, store)
    if (--this.#users > 0) return this.commits.finish()
    shared.delete(this.#path)
    // A failure is not the last word: closing tries again.
    await this.commits.finish().catch(() => {})
    ignore(this)
    await jobDone(() => this.border.binding.closeDurable(this.handle, this.mode === 'auto'))
  }

  hearNews(): void {
    this.commits.look()
  }

  beforeExit(): void {
    this.commits.endNow(this.transactions.areOpen)
    // Written, though not on the disk: that is up to the system then.
    this.border.binding.waitWritten(this.handle, EXIT_PATIENCE_MS)
  }
}

/** Opens a directory natively. */
export function openNative(settings: Settings, readOnly: boolean): Handle {
  const { stateDir, mapSize, maxDbs, mode, durability, maxUncommittedBytes } = settings
  const handle = native().binding.openDurable({
    dir: stateDir,
    mapSize,
    maxStores: maxDbs,
    mode,
    readOnly,
    relaxed: durability === 'relaxed',
    maxBatchBytes: maxUncommittedBytes,
  })
  if (handle < 0) throw failure(handle, {}, `${stateDir}: ${native().binding.lastErrorMessage()}`)
  return handle
}

/** The path without links; undefined where nothing is. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
