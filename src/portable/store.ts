import type { Budget } from './budget.js'
import type { Journal } from './journal.js'
import { type Entries, type LoadedEntries, Table, type TableView } from './table.js'
import { WindowedStore, type WindowedView } from './windowed/store.js'

/** What a handle leads to: a store, or a view of one. Of windows and sessions `rows` are by key and time. */
export interface Opened {
  readonly rows: Entries
  /** What it takes, with what its views hold on to; 0 of a view. */
  readonly usedBytes: number
  /** When a view was taken, in milliseconds since the epoch; 0 of a store. */
  readonly timestamp: number
  view(): View
}

export type Store = PlainStore | WindowedStore
export type View = PlainView | WindowedView

/** A store of keys and values. */
export class PlainStore implements Opened {
  readonly rows: Table
  readonly timestamp = 0
  /** The value that a key has of which fields are changed before it was put. */
  blank: Uint8Array | undefined

  readonly #budget: Budget

  constructor(budget: Budget, journal: Journal) {
    this.#budget = budget
    this.rows = new Table(budget, journal)
  }

  get usedBytes(): number {
    return this.rows.usedBytes
  }

  view(): PlainView {
    return new PlainView(this.rows.view())
  }

  clear(): void {
    this.rows.clear()
  }

  /** Replaces everything by what another one of the same kind holds: all of it, or nothing. */
  restore({ rows }: Opened): void {
    this.#budget.check(this.rows.needFor(rows))
    this.rows.restore(rows)
  }

  /** Replaces everything by what was loaded; whether there is room is known. */
  replaceBy(rows: LoadedEntries): void {
    this.rows.replaceBy(rows)
  }
}

/** The same at one moment. */
export class PlainView implements Opened {
  readonly usedBytes = 0

  constructor(readonly rows: TableView) {}

  get timestamp(): number {
    return this.rows.timestamp
  }

  view(): PlainView {
    return new PlainView(this.rows.view())
  }

  close(): void {
    this.rows.close()
  }
}

export const isStore = (opened: Opened): opened is Store =>
  opened instanceof PlainStore || opened instanceof WindowedStore
