import type { Codec } from '../codec/codec.js'
import { describe, invalidArgument } from '../error.js'
import { binding, type Contents, type Handle, NO_HANDLE } from '../native/binding.js'
import { failure } from '../native/status.js'
import { KeyValueReader } from './read.js'
import type { KeyValueOptions, ReadonlyKeyValueStore, Snapshot } from './types.js'
import type { Views } from './views.js'

/** A store at one moment. */
export class KeyValueSnapshot<K, V, P = never>
  extends KeyValueReader<K, V, P>
  implements Snapshot, ReadonlyKeyValueStore<K, V, P>
{
  readonly timestamp = Date.now()
  #contents: Contents | undefined

  constructor(
    name: string,
    handle: Handle,
    readonly options: KeyValueOptions<Codec<K>, V>,
    views: Views,
  ) {
    super(name, handle, options, views)
    views.watchSnapshot(this, handle)
  }

  get entries(): number {
    return this.#counted().entries
  }

  get sizeBytes(): number {
    return this.#counted().sizeBytes
  }

  #counted(): Contents {
    this.#contents ??= contentsOf(this.handle, this.name)
    return this.#contents
  }

  [Symbol.dispose](): void {
    if (this.handle === NO_HANDLE) return
    this.views.closeSnapshot(this, this.handle)
    this.handle = NO_HANDLE
  }
}

/** What a store or a snapshot holds. */
export function contentsOf(handle: Handle, store: string): Contents {
  const contents = binding.contents(handle)
  if (typeof contents === 'number') throw failure(contents, { store })
  return contents
}

/** A snapshot of a store, behind the public type. */
export function asStoreSnapshot(source: unknown): KeyValueSnapshot<any, any> {
  if (source instanceof KeyValueSnapshot) return source
  throw invalidArgument(`restore: expected a snapshot of a store, got ${describe(source)}`)
}
