import type { Border, Handle, Operations } from '../native/binding.js'
import { io } from '../native/io.js'
import { CLOSED, failure, MISSING } from '../native/status.js'
import type { Definition } from '../store/definition.js'
import { Expiring, type Sweeping } from '../store/expiring.js'
import type { Commits } from '../store/owner.js'
import { TIMES } from '../store/windowed-stretch.js'

/** Opens the table that says when rows of a store expire; made if it is missing and `create` says so. Returns a status too. */
export type OpenTable = (store: Handle, create: boolean) => number

/** When the rows of an engine's stores expire: for each store once, whoever uses it. */
export class Expirings {
  readonly #known = new Map<string, { expiring: Expiring; stores: Set<Handle> }>()

  constructor(
    private readonly border: Border,
    private readonly clock: () => number,
    private readonly open: OpenTable,
  ) {}

  /** That of a store, which is open by this handle. */
  of(name: string, store: Handle): Expiring {
    const known = this.#known.get(name)
    if (known) {
      known.stores.add(store)
      return known.expiring
    }
    const stores = new Set([store])
    const expiring = new Expiring(this.border, this.clock, name, create => openByAny(stores, create, this.open, name))
    this.#known.set(name, { expiring, stores })
    return expiring
  }

  /** Stores were closed: nothing of them is kept. Returns the tables that nobody uses any more. */
  release(closed: Iterable<Handle>): Handle[] {
    const unused: Handle[] = []
    const handles = new Set(closed)
    for (const [name, { expiring, stores }] of this.#known) {
      for (const store of handles) stores.delete(store)
      expiring.release(handles)
      if (stores.size > 0) continue
      this.#known.delete(name)
      if (expiring.handle !== undefined) unused.push(expiring.handle)
    }
    return unused
  }

  /** The tables that there are. */
  *tables(): Iterable<[store: string, table: Handle]> {
    for (const [name, { expiring }] of this.#known) if (expiring.handle !== undefined) yield [name, expiring.handle]
  }

  /** What is read may be another state than before. */
  refresh(): void {
    for (const { expiring } of this.#known.values()) expiring.refresh()
  }
}

/** By the first of a store's handles that is still open. */
function openByAny(stores: Iterable<Handle>, create: boolean, open: OpenTable, name: string): Handle | undefined {
  let outcome = CLOSED
  for (const store of stores) {
    outcome = open(store, create)
    if (outcome !== CLOSED) break
  }
  if (outcome === MISSING) return undefined
  if (outcome < 0) throw failure(outcome, { store: name })
  return outcome
}

/** How expired rows of a store are removed. */
export function sweepingOf(hot: Operations, { kind }: Definition, store: Handle, commits: Commits): Sweeping {
  return {
    store,
    commits,
    remove: name => (kind === 'key-value' ? removeEntry(hot, store, name) : removeRow(hot, store, name)),
  }
}

function removeEntry(hot: Operations, store: Handle, name: Buffer): number {
  name.copy(io.bytes)
  return hot.remove(store, name.length)
}

function removeRow(hot: Operations, store: Handle, name: Buffer): number {
  name.copy(io.bytes, 0, TIMES)
  return hot.windowRemove(store, name.length - TIMES, name.readDoubleLE(0), name.readDoubleLE(8))
}
