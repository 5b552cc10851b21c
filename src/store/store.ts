import { restoreFile } from '../checkpoint/file.js'
import { NO_HANDLE } from '../native/binding.js'
import { CLOSED } from '../native/status.js'
import type { LongWork } from '../provider/types.js'
import { restoreFrom } from './carry.js'
import { reopened } from './definition.js'
import type { Commits, StoreOwner } from './owner.js'
import type { Reader, ReaderParts } from './reader.js'
import { asStoreSnapshot } from './snapshot.js'
import { defineWritingTwins } from './twins.js'
import type { Snapshot } from './types.js'

/** What is done to a store as a whole, whatever its rows are. */
export interface Store {
  readonly commits: Commits
  readonly owner: StoreOwner
  clear(): Promise<void>
  clearSync(): void
  restore(source: string | Snapshot, options?: LongWork): Promise<void>
  restoreSync(source: Snapshot): void
  init(): Promise<void>
  flush(): Promise<void>
  close(): Promise<void>
  /** What a snapshot of this moment is made of. */
  view(): ReaderParts<any, any>
}

/** Makes a store of what is read from. */
export function storeOf<R extends abstract new (...args: any[]) => Reader<any, any>>(
  Reader: R,
): R & (abstract new (...args: any[]) => Store) {
  abstract class StoreReader extends Reader implements Store {
    abstract readonly commits: Commits
    abstract readonly owner: StoreOwner
    // What `defineWritingTwins` adds.
    abstract clear(): Promise<void>
    abstract restoreView(source: Snapshot): Promise<void>

    clearSync(): void {
      this.#admit()
      this.#wrote(this.views.border.binding.clear(this.handle))
      this.expiring.clear()
    }

    restore(source: string | Snapshot, options: LongWork = {}): Promise<void> {
      return typeof source === 'string' ? restoreFile(this, source, options) : this.restoreView(source)
    }

    restoreSync(source: Snapshot): void {
      this.restoreViewSync(source)
    }

    restoreViewSync(source: Snapshot): void {
      const snapshot = asStoreSnapshot(source)
      reopened(this.name, snapshot.definition, this.definition, this.codecs.valueCodec)
      this.#admit()
      this.owner.transactions.atomically(() => {
        const target = { border: this.views.border, handle: this.handle }
        this.#wrote(restoreFrom({ border: snapshot.border, handle: snapshot.handle }, target, this.definition))
        this.owner.dictionaryOf(this.name, this.handle).restore(snapshot.coding.pinned())
        this.expiring.restore(snapshot.expiring)
        const { ttl } = snapshot.expiring
        if (ttl === Infinity && this.ttl !== Infinity) this.expiring.limit(this.names(), this.ttl)
      })
    }

    #admit(): void {
      if (this.commits.congested) this.commits.admit(this.name)
    }

    #wrote(outcome: number): void {
      if (outcome < 0) throw this.failure(outcome, undefined)
      this.commits.wrote()
    }

    view(): ReaderParts<any, any> {
      const { name, codecs, definition, views, expiring, coding } = this
      this.owner.transactions.refuse('snapshot')
      const pinned = coding.pinned()
      const view = views.openSnapshot(this.handle, name)
      return [name, view, codecs, definition, views, expiring.view(views), pinned]
    }

    async init(): Promise<void> {
      this.#requireOpen()
    }

    async flush(): Promise<void> {
      this.#requireOpen()
      await this.commits.flush()
    }

    async close(): Promise<void> {
      this.handle = NO_HANDLE
    }

    #requireOpen(): void {
      if (this.closed) throw this.failure(CLOSED, undefined)
    }
  }
  defineWritingTwins(StoreReader, ['clear', 'restoreView'])
  return StoreReader
}
