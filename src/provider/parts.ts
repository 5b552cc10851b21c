import type { Handle, Part } from '../native/binding.js'
import { CLOSED, failure, MISSING } from '../native/status.js'

/** Opens the table of a part of a store; made if it is missing and `create` says so. Returns a status too. */
export type OpenPart = (store: Handle, part: Part, create: boolean) => number

/** What some stores have beside their rows, in a table of its own. */
export interface Beside {
  /** The table, if there is one. */
  readonly handle: Handle | undefined
  /** These stores were closed: what is done for them by itself ends. */
  release?(closed: ReadonlySet<Handle>): void
}

/** What an engine's stores have of one kind beside them: for each store once, whoever uses it. */
export class Parts<B extends Beside> {
  readonly #known = new Map<string, { beside: B; stores: Set<Handle> }>()

  /** @param make for a store of this name; `open` opens its table */
  constructor(
    private readonly part: Part,
    private readonly open: OpenPart,
    private readonly make: (name: string, open: (create: boolean) => Handle | undefined) => B,
  ) {}

  /** That of a store, which is open by this handle. */
  of(name: string, store: Handle): B {
    const known = this.#known.get(name)
    if (known) {
      known.stores.add(store)
      return known.beside
    }
    const stores = new Set([store])
    const beside = this.make(name, create => this.#openByAny(stores, create, name))
    this.#known.set(name, { beside, stores })
    return beside
  }

  /** By the first of a store's handles that is still open. */
  #openByAny(stores: Iterable<Handle>, create: boolean, name: string): Handle | undefined {
    let outcome = CLOSED
    for (const store of stores) {
      outcome = this.open(store, this.part, create)
      if (outcome !== CLOSED) break
    }
    if (outcome === MISSING) return undefined
    if (outcome < 0) throw failure(outcome, { store: name })
    return outcome
  }

  /** Stores were closed: nothing of them is kept. Returns the tables that nobody uses any more. */
  release(closed: Iterable<Handle>): Handle[] {
    const unused: Handle[] = []
    const handles = new Set(closed)
    for (const [name, { beside, stores }] of this.#known) {
      for (const store of handles) stores.delete(store)
      beside.release?.(handles)
      if (stores.size > 0) continue
      this.#known.delete(name)
      if (beside.handle !== undefined) unused.push(beside.handle)
    }
    return unused
  }

  /** The tables that there are. */
  *tables(): Iterable<[store: string, table: Handle]> {
    for (const [name, { beside }] of this.#known) if (beside.handle !== undefined) yield [name, beside.handle]
  }

  *[Symbol.iterator](): Iterator<B> {
    for (const { beside } of this.#known.values()) yield beside
  }
}
