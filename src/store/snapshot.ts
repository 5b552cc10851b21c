import type { Codec } from '../codec/codec.js'
import { describe, invalidArgument } from '../error.js'
import { binding, type Contents, type Handle, NO_HANDLE } from '../native/binding.js'
import { failure } from '../native/status.js'
import { type Definition, keyValueDefinition } from './definition.js'
import type { Expiring } from './expiring.js'
import { KeyValueReader } from './read.js'
import type { KeyValueOptions, ReadonlyKeyValueStore, Snapshot } from './types.js'
import type { Views } from './views.js'

/** A snapshot of a store of whatever kind, behind the public type. */
export interface StoreSnapshot extends Snapshot, Viewed {
  readonly definition: Definition
  /** How long rows of the store live if nobody says otherwise. */
  readonly ttl: number
}

interface Viewed {
  readonly name: string
  readonly views: Views
  readonly expiring: Expiring
  /** NO_HANDLE once it is disposed. */
  handle: Handle
}

const snapshots = new WeakSet<object>()

/** What a snapshot holds, and letting go of it. */
export class Held {
  readonly timestamp = Date.now()
  #contents: Contents | undefined

  constructor(private readonly snapshot: StoreSnapshot) {
    snapshot.views.watchSnapshot(snapshot, snapshot.handle)
    snapshots.add(snapshot)
    const { handle } = snapshot.expiring
    if (handle !== undefined) snapshot.views.watchSnapshot(snapshot, handle)
  }

  get contents(): Contents {
    this.#contents ??= contentsOf(this.snapshot.handle, this.snapshot.name)
    return this.#contents
  }

  dispose(): void {
    const { snapshot } = this
    if (snapshot.handle === NO_HANDLE) return
    snapshot.views.closeSnapshot(snapshot, snapshot.handle)
    const { handle } = snapshot.expiring
    if (handle !== undefined) snapshot.views.closeSnapshot(snapshot, handle)
    snapshot.handle = NO_HANDLE
  }
}

/** A store at one moment. */
export class KeyValueSnapshot<K, V, P = never>
  extends KeyValueReader<K, V, P>
  implements StoreSnapshot, ReadonlyKeyValueStore<K, V, P>
{
  readonly definition: Definition
  readonly ttl: number
  readonly #held: Held

  constructor(name: string, handle: Handle, options: KeyValueOptions<Codec<K>, V>, views: Views, expiring: Expiring) {
    super(name, handle, options, views, expiring.view(views))
    this.definition = keyValueDefinition(options)
    this.ttl = options.ttl ?? Infinity
    this.#held = new Held(this)
  }

  get timestamp(): number {
    return this.#held.timestamp
  }

  get entries(): number {
    return this.#held.contents.entries
  }

  get sizeBytes(): number {
    return this.#held.contents.sizeBytes
  }

  [Symbol.dispose](): void {
    this.#held.dispose()
  }
}

/** What a store or a snapshot holds. */
export function contentsOf(handle: Handle, store: string): Contents {
  const contents = binding.contents(handle)
  if (typeof contents === 'number') throw failure(contents, { store })
  return contents
}

/** A snapshot of a store, behind the public type. */
export function asStoreSnapshot(source: unknown): StoreSnapshot {
  if (typeof source === 'object' && source !== null && snapshots.has(source)) return source as StoreSnapshot
  throw invalidArgument(`restore: expected a snapshot of a store, got ${describe(source)}`)
}
