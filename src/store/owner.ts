import type { Checkpoints } from '../checkpoint/engine.js'
import type { Handle } from '../native/binding.js'
import type { Dictionary } from './dictionary.js'
import type { Expiring } from './expiring.js'
import type { Views } from './views.js'

/** What a store needs of its provider. */
export interface StoreOwner {
  readonly views: Views
  readonly transactions: Transacting
  readonly commits: Commits
  readonly checkpoints: Checkpoints
  /** When the rows of a store expire, which from now on live so long if nobody says otherwise. */
  expiringOf(name: string, store: Handle, ttl?: number): Expiring
  /** The codes of a store's strings. */
  dictionaryOf(name: string, store: Handle): Dictionary
}

export interface Transacting {
  /** Runs fn; if it throws, what it wrote is taken back. */
  atomically(fn: () => void): void
  /** Throws inside `transactionSync`, naming what is refused there. */
  refuse(what: string): void
}

/** How writes become durable. */
export interface Commits {
  /** Too many bytes wait for the disk: a write has to be let in, by `admit` or `admitAwaited`. */
  readonly congested: boolean
  /** Whether `commit` alone ends a batch; and how many were ended. */
  readonly isManual: boolean
  readonly batch: number
  /** Something was written: by the user, or in the background, as by expiry. */
  wrote(isUpkeep?: boolean): void
  /** The promise of an async write that was done: settles when what was written is durable. */
  settled<T>(result: T): Promise<T>
  /** Throws, before a write that nobody will wait for, if it is too much. */
  admit(store: string): void
  /** Runs a write whose durability will be waited for: twice as many bytes may wait for the disk. */
  admitAwaited<T>(store: string, write: () => T): T
  /** Ends the batch and resolves when it is durable, as are those before. */
  commit(): Promise<void>
  /** Resolves when every batch that was ended so far is durable. */
  flush(): Promise<void>
}
