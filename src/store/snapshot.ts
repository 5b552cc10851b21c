import { saveFile } from '../checkpoint/file.js'
import { describe, invalidArgument } from '../error.js'
import { type Binding, type Border, type Contents, type Handle, NO_HANDLE } from '../native/binding.js'
import { CLOSED, failure } from '../native/status.js'
import type { LongWork } from '../provider/types.js'
import type { Definition } from './definition.js'
import type { Coding } from './dictionary.js'
import type { Expiring } from './expiring.js'
import { KeyValueReader } from './read.js'
import type { Reader } from './reader.js'
import { SessionReader } from './session-read.js'
import type { Snapshot } from './types.js'
import { WindowReader } from './window-read.js'

/** A snapshot of a store of whatever kind, behind the public type. */
export interface StoreSnapshot extends Snapshot {
  readonly definition: Definition
  readonly expiring: Expiring
  readonly border: Border
  readonly coding: Coding
  /** NO_HANDLE once it is disposed. */
  readonly handle: Handle
}

const snapshots = new WeakSet<object>()

/** Makes a snapshot of what is read from: by its handle a view of one moment, which it lets go. */
function snapshotOf<R extends abstract new (...args: any[]) => Reader<any, any>>(
  Reader: R,
): R & (abstract new (...args: any[]) => StoreSnapshot) {
  abstract class SnapshotReader extends Reader implements StoreSnapshot {
    readonly timestamp = Date.now()
    #contents: Contents | undefined

    constructor(...args: any[]) {
      super(...args)
      this.views.watchSnapshot(this, this.handle)
      snapshots.add(this)
      const { handle } = this.expiring
      if (handle !== undefined) this.views.watchSnapshot(this, handle)
    }

    get border(): Border {
      return this.views.border
    }

    get entries(): number {
      return this.#counted.entries
    }

    get sizeBytes(): number {
      return this.#counted.sizeBytes
    }

    get #counted(): Contents {
      this.#contents ??= contentsOf(this.views.border.binding, this.handle, this.name)
      return this.#contents
    }

    async save(path: string, options: LongWork = {}): Promise<void> {
      const { name, definition, handle, expiring, coding, views } = this
      if (this.closed) throw this.failure(CLOSED, undefined)
      const saved = { name, definition, view: handle, expiring, coding: coding.pinned() }
      await saveFile(views, [saved], new Map(), path, options)
    }

    [Symbol.dispose](): void {
      if (this.handle === NO_HANDLE) return
      this.views.closeSnapshot(this, this.handle)
      const { handle } = this.expiring
      if (handle !== undefined) this.views.closeSnapshot(this, handle)
      this.handle = NO_HANDLE
    }
  }
  return SnapshotReader
}

/** A store of keys and values at one moment. */
export class KeyValueSnapshot<K, V, P = never> extends snapshotOf(KeyValueReader)<K, V, P> {}

/** A store of windows at one moment. */
export class WindowSnapshot<K, V> extends snapshotOf(WindowReader)<K, V> {}

/** A store of sessions at one moment. */
export class SessionSnapshot<K, V> extends snapshotOf(SessionReader)<K, V> {}

/** What a store or a snapshot holds. */
export function contentsOf(binding: Binding, handle: Handle, store: string): Contents {
  const contents = binding.contents(handle)
  if (typeof contents === 'number') throw failure(contents, { store })
  return contents
}

/** A snapshot of a store, behind the public type. */
export function asStoreSnapshot(source: unknown): StoreSnapshot {
  if (typeof source === 'object' && source !== null && snapshots.has(source)) return source as StoreSnapshot
  throw invalidArgument(`restore: expected a snapshot of a store, got ${describe(source)}`)
}
