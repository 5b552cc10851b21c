import type { Codec } from '../codec/codec.js'
import { describe, invalidArgument } from '../error.js'
import { binding, type Handle, NO_HANDLE } from '../native/binding.js'
import { CLOSED, failure } from '../native/status.js'
import { KeyValueReader } from './read.js'
import type { KeyValueOptions, ReadonlyKeyValueStore, Snapshot } from './types.js'
import type { Views } from './views.js'

/** A store at one moment. */
export class KeyValueSnapshot<K, V, P = never>
  extends KeyValueReader<K, V, P>
  implements Snapshot, ReadonlyKeyValueStore<K, V, P>
{
  readonly timestamp: number
  readonly entries: number
  readonly sizeBytes: number

  constructor(
    name: string,
    handle: Handle,
    readonly options: KeyValueOptions<Codec<K>, V>,
    views: Views,
  ) {
    super(name, handle, options, views)
    const contents = binding.contents(handle)
    if (!contents) throw failure(CLOSED, { store: name })
    this.timestamp = contents.timestamp
    this.entries = contents.entries
    this.sizeBytes = contents.sizeBytes
    views.watchSnapshot(this, handle)
  }

  [Symbol.dispose](): void {
    if (this.handle === NO_HANDLE) return
    this.views.closeSnapshot(this, this.handle)
    this.handle = NO_HANDLE
  }
}

/** A snapshot of a store, behind the public type. */
export function asStoreSnapshot(source: unknown): KeyValueSnapshot<any, any> {
  if (source instanceof KeyValueSnapshot) return source
  throw invalidArgument(`restore: expected a snapshot of a store, got ${describe(source)}`)
}
