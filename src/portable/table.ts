import type { Budget } from './budget.js'
import type { Journal } from './journal.js'
import { type Key, ownKey } from './key.js'
import type { Change } from './packed-increment.js'
import { Range } from './range.js'
import { differences, emptyTree, type SortedTree } from './sorted-btree.js'

/** What an entry takes beside the bytes of its key and value, as measured on Node 20: objects, and its share of the tree. */
const ENTRY_BYTES = 300

/** A value, which is never changed where a view may see it. */
class Entry {
  /** The view that keeps it when it is no entry of the table any more. */
  keeper: TableView | undefined

  constructor(
    public value: Uint8Array,
    /** What it counts for under a limit. */
    public bytes: number,
    /** How many views there had been when it was written. */
    public epoch: number,
  ) {}
}

type Tree = SortedTree<Key, Entry>

const compare = (a: Key, b: Key) => (a < b ? -1 : a > b ? 1 : 0)

/** What a visit says of the entry that it was given: taken, and the next one is wanted; has to wait; taken, and no more. */
export type Visit = 'next' | 'later' | 'done'

/** Entries in the order of their keys, to be read. */
export abstract class Entries {
  protected abstract readonly tree: Tree
  /** The lengths of all keys and values. */
  abstract readonly sizeBytes: number

  get count(): number {
    return this.tree.size
  }

  get(key: Key): Uint8Array | undefined {
    return this.tree.get(key)?.value
  }

  /** Hands the entries of a range to `visit` until it stops; returns the key of the one that has to wait. O(log n + entries). */
  scan(range: Range, reverse: boolean, visit: (key: Key, value: Uint8Array) => Visit): Key | undefined {
    const pair = [] as unknown as [Key, Entry]
    const pairs = reverse
      ? this.tree.entriesReversed(range.to, pair, !range.isToIn)
      : this.tree.entries(range.from, pair)
    for (let next = pairs.next(); !next.done; next = pairs.next()) {
      const [key, { value }] = pair
      if (reverse ? !range.startsBy(key) : !range.endsAfter(key)) return undefined
      // The library begins with the lower bound itself.
      if (!reverse && !range.startsBy(key)) continue
      const visited = visit(key, value)
      if (visited !== 'next') return visited === 'later' ? key : undefined
    }
    return undefined
  }

  countIn(range: Range): number {
    if (range === Range.all) return this.count
    let count = 0
    this.scan(range, false, () => {
      count++
      return 'next'
    })
    return count
  }
}

/** Entries that are yet to be a table's. Values that it is given are its own from then on. */
export class LoadedEntries {
  /** @internal */
  readonly tree: Tree = emptyTree(compare)
  sizeBytes = 0

  get count(): number {
    return this.tree.size
  }

  get latest(): Key | undefined {
    return this.tree.maxKey()
  }

  /** Adds an entry of a new key. O(log n). */
  add(key: Key, value: Uint8Array): void {
    const sizeBytes = key.length + value.length
    this.sizeBytes += sizeBytes
    this.tree.set(key, new Entry(value, sizeBytes + ENTRY_BYTES, 0))
  }
}

/** A table at one moment. Whoever opened it closes it; what it alone sees counts under the limit until then. */
export class TableView extends Entries {
  readonly timestamp = Date.now()
  /** What was an entry when it was taken and was written over since, as far as no later view keeps it. */
  readonly kept = new Set<Entry>()
  #users = 1

  constructor(
    private readonly table: Table,
    protected readonly tree: Tree,
    readonly sizeBytes: number,
    readonly epoch: number,
  ) {
    super()
  }

  view(): TableView {
    this.#users++
    return this
  }

  /** All entries, in the order of their keys. */
  *entries(): Generator<[key: Key, value: Uint8Array]> {
    for (const [key, { value }] of this.tree.entries()) yield [key, value]
  }

  /** What changed since an earlier view of the same table, in the order of the keys. O(entries written since). */
  changesSince(base: TableView): Change[] {
    const changes: Change[] = []
    differences(this.tree, base.tree, (key, now) => changes.push({ key, value: now?.value }))
    return changes.sort((a, b) => compare(a.key, b.key))
  }

  close(): void {
    if (--this.#users === 0) this.table.letGo(this)
  }
}

/** A sorted map from keys to values. Values that it is given are its own from then on. */
export class Table extends Entries {
  protected tree: Tree = emptyTree(compare)
  sizeBytes = 0
  /** What counts under the limit: its entries, and those that only a view still sees. */
  usedBytes = 0
  #epoch = 0
  /** Those that are open, the oldest first. */
  readonly #views: TableView[] = []

  constructor(
    private readonly budget: Budget,
    private readonly journal: Journal,
  ) {
    super()
  }

  put(key: Key, value: Uint8Array): void {
    const before = this.tree.get(key)
    const bytes = key.length + value.length + ENTRY_BYTES
    const isSeen = before !== undefined && this.#isSeen(before)
    this.budget.check(before === undefined || isSeen ? bytes : bytes - before.bytes)
    if (before === undefined || isSeen || this.journal.isOpen) {
      const own = ownKey(key)
      this.#note(own, before)
      this.#set(own, before, new Entry(value, bytes, this.#epoch))
      return
    }
    this.sizeBytes += value.length - before.value.length
    this.#count(bytes - before.bytes)
    before.value = value
    before.bytes = bytes
  }

  delete(key: Key): void {
    const before = this.tree.get(key)
    if (before === undefined) return
    this.#note(ownKey(key), before)
    this.#set(key, before, undefined)
  }

  /** Removes the entries of a range and returns their number. O(log n) for each. */
  deleteRange(range: Range): number {
    const keys: Key[] = []
    this.scan(range, false, key => {
      keys.push(key)
      return 'next'
    })
    for (const key of keys) this.delete(key)
    return keys.length
  }

  /** Removes everything. O(n). */
  clear(): void {
    this.#replace(emptyTree(compare), 0)
  }

  /** What room it needs to have others in the place of all entries. */
  needFor(source: { readonly count: number; readonly sizeBytes: number }): number {
    let freed = 0
    for (const entry of this.tree.values()) if (!this.#isSeen(entry)) freed += entry.bytes
    return source.sizeBytes + source.count * ENTRY_BYTES - freed
  }

  /** Replaces everything by what another one holds; whether there is room is known. O(n). */
  restore(source: Entries): void {
    const loaded = new LoadedEntries()
    source.scan(Range.all, false, (key, value) => {
      loaded.add(key, value)
      return 'next'
    })
    this.replaceBy(loaded)
  }

  /** Replaces everything by what was loaded, which is its own from then on; whether there is room is known. O(n). */
  replaceBy({ tree, sizeBytes }: LoadedEntries): void {
    for (const entry of tree.values()) entry.epoch = this.#epoch
    this.#replace(tree, sizeBytes)
  }

  /** A view of this moment. O(1): trees share what neither writes. */
  view(): TableView {
    const view = new TableView(this, this.tree.clone(), this.sizeBytes, this.#epoch++)
    this.#views.push(view)
    return view
  }

  /** @internal A view was closed: what it kept goes to the one before it, as far as that sees it, or is free. */
  letGo(view: TableView): void {
    const at = this.#views.indexOf(view)
    this.#views.splice(at, 1)
    const earlier = this.#views[at - 1]
    for (const entry of view.kept) this.#keep(entry, earlier)
  }

  #keep(entry: Entry, view: TableView | undefined): void {
    entry.keeper = view !== undefined && entry.epoch <= view.epoch ? view : undefined
    if (entry.keeper) entry.keeper.kept.add(entry)
    else this.#count(-entry.bytes)
  }

  /** Whether some view may see an entry: the latest sees all that were written before it. */
  #isSeen(entry: Entry): boolean {
    const latest = this.#views.at(-1)
    return latest !== undefined && entry.epoch <= latest.epoch
  }

  #note(key: Key, before: Entry | undefined): void {
    if (this.journal.isOpen) this.journal.note(() => this.#set(key, this.tree.get(key), before))
  }

  /** Puts an entry in the place of another; undefined for none. */
  #set(key: Key, before: Entry | undefined, after: Entry | undefined): void {
    if (before !== undefined) {
      this.sizeBytes -= key.length + before.value.length
      this.#keep(before, this.#views.at(-1))
    }
    if (after === undefined) this.tree.delete(key)
    else {
      this.tree.set(key, after)
      this.sizeBytes += key.length + after.value.length
      this.#bringBack(after)
    }
  }

  /** Counts an entry that is one of the table's now: a new one, or one that is taken back, which a view may have kept. */
  #bringBack(entry: Entry): void {
    if (entry.keeper?.kept.delete(entry)) entry.keeper = undefined
    else this.#count(entry.bytes)
  }

  #replace(tree: Tree, sizeBytes: number): void {
    const before = { tree: this.tree, sizeBytes: this.sizeBytes }
    if (this.journal.isOpen) this.journal.note(() => this.#replace(before.tree, before.sizeBytes))
    const latest = this.#views.at(-1)
    for (const entry of this.tree.values()) this.#keep(entry, latest)
    this.tree = tree
    this.sizeBytes = sizeBytes
    for (const entry of tree.values()) this.#bringBack(entry)
  }

  #count(bytes: number): void {
    this.usedBytes += bytes
    this.budget.used += bytes
  }
}
