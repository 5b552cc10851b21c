import { clearTimeout, setTimeout } from 'node:timers'
import { describe, invalidArgument, type MillpondError, outOfRange } from '../error.js'
import type { Border, Handle } from '../native/binding.js'
import { failure } from '../native/status.js'
import { restoreFrom } from './carry.js'
import { ExpiryTable } from './expiry-table.js'
import type { Commits } from './owner.js'
import type { Views } from './views.js'

/** So many rows are removed at once at most. */
const AT_ONCE = 500
/** How long the next ones wait then; and how often it is looked whether there are some, whatever the clock says. */
const PAUSE_MS = 5
const LONGEST_WAIT_MS = 1000

/** What of a store is needed to remove its rows. */
export interface Sweeping {
  readonly store: Handle
  readonly commits: Commits
  /** Removes a row by its name; returns a status. */
  remove(name: Buffer): number
}

/** When the rows of a store expire. All objects of a store in a thread share it. */
export class Expiring {
  /** How long rows live of which nobody says otherwise, as far as the store was opened here: as it was the last time. */
  ttl = Infinity
  /** No row expires before this: until then nobody has to look. */
  #nextDue = Infinity
  #table: ExpiryTable | undefined
  #timer: NodeJS.Timeout | undefined
  #sweeping: Sweeping[] = []
  /** The batch that rows were last removed in, where only `commit` ends one. */
  #sweptBatch = -1

  /** @param openTable the table, made if there is none and it is wanted */
  constructor(
    readonly border: Border,
    private readonly clock: () => number,
    private readonly store: string,
    private readonly openTable: (create: boolean) => Handle | undefined,
  ) {
    this.refresh()
  }

  /** The rows may be others than they were. */
  refresh(): void {
    const handle = this.#table?.handle ?? this.openTable(false)
    if (handle === undefined) return
    this.#table ??= new ExpiryTable(this.border.hot, handle, this.store)
    this.#look()
  }

  #look(): void {
    const [first] = this.#table!.due(Number.MAX_SAFE_INTEGER - 1, 1)
    this.#nextDue = first?.time ?? Infinity
    this.#schedule()
  }

  /** Whether any row ever was to expire. */
  get isUsed(): boolean {
    return this.#table !== undefined
  }

  /** The table, for a view of it. */
  get handle(): Handle | undefined {
    return this.#table?.handle
  }

  /** Whether some row may have expired. */
  get isDue(): boolean {
    return this.#nextDue !== Infinity && this.clock() >= this.#nextDue
  }

  /** Whether a row has. */
  isGone(name: Uint8Array): boolean {
    const time = this.#table!.timeOf(name)
    return time !== undefined && time <= this.clock()
  }

  /** When a row expires that is written now; undefined for never. */
  after(ttl: number): number | undefined {
    if (ttl === Infinity) return undefined
    const time = Math.ceil(this.clock() + ttl)
    if (Number.isSafeInteger(time)) return time
    throw invalidArgument(`clock: expected milliseconds, got ${describe(time - ttl)}`)
  }

  /** Whether a row that is written now has to be told of here: it expires, or one of its name may. */
  concerns(ttl: number): boolean {
    return ttl !== Infinity || this.#table !== undefined
  }

  /**
   * Does a write to a row, which from then on expires at `time`, undefined for never. Where something is refused in the middle
   * nothing changes if all of it is taken back, which is up to the caller.
   */
  write(name: Uint8Array, time: number | undefined, write: () => void): void {
    const table = time === undefined ? this.#table : this.#needTable()
    const before = table?.timeOf(name)
    write()
    if (!table || before === time) return
    table.setByName(name, time)
    if (before !== undefined) table.removeByTime({ name, time: before })
    if (time === undefined) return
    table.addByTime({ name, time })
    if (time < this.#nextDue) {
      this.#nextDue = time
      this.#schedule()
    }
  }

  /** The same for a view of this moment of the store. */
  view(views: Views): Expiring {
    const { handle } = this
    const view = handle === undefined ? undefined : views.openSnapshot(handle, this.store)
    const expiring = new Expiring(this.border, this.clock, this.store, () => view)
    expiring.ttl = this.ttl
    return expiring
  }

  /** All rows are gone. */
  clear(): void {
    if (!this.#table) return
    this.#check(this.border.binding.clear(this.#table.handle))
    this.#nextDue = Infinity
  }

  /** The rows are those of a view, which expire when they did there. */
  restore({ border, handle }: Expiring): void {
    if (handle === undefined) {
      this.clear()
      return
    }
    const target = { border: this.border, handle: this.#needTable().handle }
    this.#check(restoreFrom({ border, handle }, target, { kind: 'key-value' }))
    this.#look()
  }

  /** Has the rows of these names expire that don't yet: so long from now on. */
  limit(names: Iterable<Uint8Array>, ttl: number): void {
    const time = this.after(ttl)!
    const table = this.#needTable()
    for (const name of names) {
      if (table.timeOf(name) !== undefined) continue
      table.setByName(name, time)
      table.addByTime({ name, time })
    }
    this.#look()
  }

  /** Has a table to be filled. */
  open(): void {
    this.#needTable()
  }

  /** The table, made if there is none. */
  #needTable(): ExpiryTable {
    this.#table ??= new ExpiryTable(this.border.hot, this.openTable(true)!, this.store)
    return this.#table
  }

  #check(outcome: number): void {
    if (outcome < 0) throw failure(outcome, { store: this.store })
  }

  /** Has rows removed in the background when they have expired, by a store as long as that is open. */
  sweepBy(sweeping: Sweeping): void {
    this.#sweeping.push(sweeping)
    this.#schedule()
  }

  /** These stores were closed: they remove nothing any more. */
  release(closed: ReadonlySet<Handle>): void {
    this.#sweeping = this.#sweeping.filter(({ store }) => !closed.has(store))
  }

  #schedule(wait = 0): void {
    if (this.#nextDue === Infinity || this.#sweeping.length === 0) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#sweep, Math.max(wait, PAUSE_MS))
    this.#timer.unref()
  }

  /** Removes some rows that have expired; the others some time later. Nobody hears of what it throws. */
  readonly #sweep = (): void => {
    const [by] = this.#sweeping
    if (!by) return
    try {
      const left = this.#nextDue - this.clock()
      if (left <= 0 && this.#mayRemove(by)) {
        this.#removeSome(by)
        this.#look()
      } else {
        this.#schedule(left > 0 ? Math.min(left, LONGEST_WAIT_MS) : LONGEST_WAIT_MS)
      }
    } catch (error) {
      // The next object of the store goes on, if there is one; what failed in another way is tried again.
      if ((error as Partial<MillpondError>)?.code === 'ERR_MILLPOND_CLOSED') this.#sweeping.shift()
      this.#schedule(LONGEST_WAIT_MS)
    }
  }

  /** What is removed is part of a batch of the user's where only `commit` ends one: some rows a batch, no more. */
  #mayRemove({ commits }: Sweeping): boolean {
    if (commits.congested || commits.batch === this.#sweptBatch) return false
    if (commits.isManual) this.#sweptBatch = commits.batch
    return true
  }

  #removeSome(by: Sweeping): void {
    const table = this.#table!
    try {
      for (const due of table.due(this.clock(), AT_ONCE)) {
        if (table.timeOf(due.name) === due.time) {
          this.#check(by.remove(due.name))
          table.setByName(due.name, undefined)
        }
        table.removeByTime(due)
      }
    } finally {
      by.commits.wrote(true)
    }
  }
}

/** Checks a time to live: milliseconds, or Infinity for none. */
export function checkTtl(ttl: unknown, name: string): asserts ttl is number {
  if (typeof ttl !== 'number') throw invalidArgument(`${name}: expected a number of milliseconds, got ${describe(ttl)}`)
  if (ttl !== Infinity && !(Number.isSafeInteger(ttl) && ttl > 0)) {
    throw outOfRange(`${name}: expected a whole number of milliseconds from 1 on, or Infinity, got ${ttl}`)
  }
}
