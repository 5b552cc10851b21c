import type { Codec } from '../codec/codec.js'
import { MillpondError } from '../error.js'
import type { Handle } from '../native/binding.js'
import { CLOSED, failure } from '../native/status.js'
import { requireSameCodecs } from '../store/same-codecs.js'
import { KeyValueSnapshot } from '../store/snapshot.js'
import type { KeyValueOptions } from '../store/types.js'
import type { Views } from '../store/views.js'
import { checkStore } from './checks.js'
import type { ProviderSnapshot } from './types.js'

type Options = KeyValueOptions<Codec<any>, any>

/** All stores of a memory provider at one instant. */
export class MemorySnapshot implements ProviderSnapshot {
  readonly timestamp = Date.now()
  readonly entries: number
  readonly sizeBytes: number
  readonly #views = new Map<string, { view: KeyValueSnapshot<any, any, any>; options: Options }>()
  readonly #offsets: ReadonlyMap<string, bigint>
  readonly #owner: Views
  #disposed = false

  constructor(
    stores: { name: string; handle: Handle; options: Options }[],
    offsets: ReadonlyMap<string, bigint>,
    views: Views,
  ) {
    this.#offsets = offsets
    this.#owner = views
    for (const { name, handle, options } of stores) {
      this.#views.set(name, { view: this.#open(name, handle, options), options })
    }
    const opened = Array.from(this.#views.values(), ({ view }) => view)
    this.entries = opened.reduce((sum, view) => sum + view.entries, 0)
    this.sizeBytes = opened.reduce((sum, view) => sum + view.sizeBytes, 0)
  }

  /** A read-only view of the store of this name; an error for one that did not exist then. */
  createKeyValueStore(name: string, options: Options): any {
    if (this.#disposed) throw failure(CLOSED, { store: name })
    checkStore(name, options)
    const known = this.#views.get(name)
    if (!known) {
      const message = `store ${JSON.stringify(name)}: there was none when the snapshot was taken`
      throw new MillpondError('ERR_MILLPOND_STORE_MISMATCH', message, { store: name })
    }
    requireSameCodecs(name, known.options, options)
    // A view of the view: each has codecs of its own, and goes with this snapshot or before it.
    const view = this.#open(name, known.view.handle, options)
    this.#opened.push(view)
    return view
  }

  readonly #opened: KeyValueSnapshot<any, any, any>[] = []

  offsets(): ReadonlyMap<string, bigint> {
    return new Map(this.#offsets)
  }

  [Symbol.dispose](): void {
    this.#disposed = true
    for (const { view } of this.#views.values()) view[Symbol.dispose]()
    for (const view of this.#opened) view[Symbol.dispose]()
  }

  #open(name: string, handle: Handle, options: Options): KeyValueSnapshot<any, any, any> {
    return new KeyValueSnapshot(name, this.#owner.openSnapshot(handle, name), options, this.#owner)
  }
}
