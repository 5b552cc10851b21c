import { saveFile } from '../checkpoint/file.js'
import type { Codec } from '../codec/codec.js'
import { MillpondError } from '../error.js'
import type { Handle } from '../native/binding.js'
import { CLOSED, failure } from '../native/status.js'
import {
  type Definition,
  keyValueDefinition,
  reopened,
  sessionDefinition,
  windowDefinition,
} from '../store/definition.js'
import type { PinnedCoding } from '../store/dictionary.js'
import type { Expiring } from '../store/expiring.js'
import { contentsOf, KeyValueSnapshot, SessionSnapshot, WindowSnapshot } from '../store/snapshot.js'
import type { KeyValueOptions } from '../store/types.js'
import type { Views } from '../store/views.js'
import type { SessionOptions, WindowOptions } from '../store/windowed-types.js'
import { checkSessionStore, checkStore, checkWindowStore } from './checks.js'
import type { LongWork, ProviderSnapshot } from './types.js'

/** A store at the instant of a snapshot. */
interface StoreView {
  readonly view: Handle
  readonly definition: Definition
  readonly expiring: Expiring
  readonly coding: PinnedCoding
}

/** All stores of a provider at one instant. */
export class StoresSnapshot implements ProviderSnapshot {
  readonly timestamp = Date.now()
  readonly #views = new Map<string, StoreView>()
  readonly #offsets: ReadonlyMap<string, bigint>
  readonly #owner: Views
  #sums: { entries: number; sizeBytes: number } | undefined
  #disposed = false

  constructor(
    stores: Iterable<Omit<StoreView, 'view'> & { name: string; handle: Handle }>,
    offsets: ReadonlyMap<string, bigint>,
    views: Views,
  ) {
    this.#offsets = offsets
    this.#owner = views
    for (const { name, handle, definition, expiring, coding } of stores) {
      const view = views.openSnapshot(handle, name)
      views.watchSnapshot(this, view)
      const expiringView = expiring.view(views)
      if (expiringView.handle !== undefined) views.watchSnapshot(this, expiringView.handle)
      this.#views.set(name, { view, definition, expiring: expiringView, coding })
    }
  }

  get entries(): number {
    return this.#counted().entries
  }

  get sizeBytes(): number {
    return this.#counted().sizeBytes
  }

  #counted() {
    if (this.#sums) return this.#sums
    const sums = { entries: 0, sizeBytes: 0 }
    for (const [name, { view }] of this.#views) {
      const { entries, sizeBytes } = contentsOf(this.#owner.border.binding, view, name)
      sums.entries += entries
      sums.sizeBytes += sizeBytes
    }
    this.#sums = sums
    return sums
  }

  /** A read-only view of the store of this name; an error for one that did not exist then. */
  createKeyValueStore(name: string, options: KeyValueOptions<Codec<any>, any>): any {
    checkStore(name, options)
    const definition = keyValueDefinition(options)
    const { handle, expiring, coding } = this.#open(name, definition, options.valueCodec)
    return this.#keep(new KeyValueSnapshot(name, handle, options, definition, this.#owner, expiring, coding))
  }

  createWindowStore(name: string, options: WindowOptions<any, any>): any {
    checkWindowStore(name, options)
    const { handle, definition, expiring, coding } = this.#open(name, windowDefinition(options), options.valueCodec)
    return this.#keep(new WindowSnapshot(name, handle, options, definition, this.#owner, expiring, coding))
  }

  createSessionStore(name: string, options: SessionOptions<any, any>): any {
    checkSessionStore(name, options)
    const { handle, definition, expiring, coding } = this.#open(name, sessionDefinition(options), options.valueCodec)
    return this.#keep(new SessionSnapshot(name, handle, options, definition, this.#owner, expiring, coding))
  }

  #open(name: string, wanted: Definition, valueCodec: Codec<any>): Omit<StoreView, 'view'> & { handle: Handle } {
    if (this.#disposed) throw failure(CLOSED, { store: name })
    const known = this.#views.get(name)
    if (!known) {
      const message = `store ${JSON.stringify(name)}: there was none when the snapshot was taken`
      throw new MillpondError('ERR_MILLPOND_STORE_MISMATCH', message, { store: name })
    }
    const definition = reopened(name, known.definition, wanted, valueCodec)
    // A view of the view: each has codecs of its own, and goes with this snapshot or before it.
    const handle = this.#owner.openSnapshot(known.view, name)
    return { handle, definition, expiring: known.expiring.view(this.#owner), coding: known.coding }
  }

  #keep<S extends Disposable>(view: S): S {
    this.#opened.push(view)
    return view
  }

  readonly #opened: Disposable[] = []

  async save(path: string, options: LongWork = {}): Promise<void> {
    if (this.#disposed || this.#owner.closed) throw failure(CLOSED)
    const stores = Array.from(this.#views, ([name, view]) => ({ name, ...view }))
    await saveFile(this.#owner, stores, this.#offsets, path, options)
  }

  offsets(): ReadonlyMap<string, bigint> {
    return new Map(this.#offsets)
  }

  [Symbol.dispose](): void {
    this.#disposed = true
    for (const { view, expiring } of this.#views.values()) {
      this.#owner.closeSnapshot(this, view)
      if (expiring.handle !== undefined) this.#owner.closeSnapshot(this, expiring.handle)
    }
    for (const view of this.#opened) view[Symbol.dispose]()
  }
}
