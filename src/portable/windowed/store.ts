import type { WindowedDefinition } from '../../native/binding.js'
import type { Budget } from '../budget.js'
import type { Journal } from '../journal.js'
import type { Key } from '../key.js'
import { Range } from '../range.js'
import type { Opened } from '../store.js'
import { type LoadedEntries, Table, type TableView } from '../table.js'
import { Layout, type Row } from './layout.js'
import { Windowed } from './reader.js'
import { timeKey, wordKey } from './time.js'
import { afterPut, firstTimeline, type Timeline } from './timeline.js'

/** Windows or sessions at one moment. */
export class WindowedView extends Windowed {
  constructor(
    layout: Layout,
    readonly rows: TableView,
    readonly index: TableView,
    readonly timeline: Timeline,
  ) {
    super(layout)
  }

  get usedBytes(): number {
    return 0
  }

  get timestamp(): number {
    return this.rows.timestamp
  }

  view(): WindowedView {
    return new WindowedView(this.layout, this.rows.view(), this.index.view(), this.timeline)
  }

  close(): void {
    this.rows.close()
    this.index.close()
  }
}

/** A store of windows or sessions. */
export class WindowedStore extends Windowed {
  readonly rows: Table
  readonly index: Table
  readonly timestamp = 0
  timeline: Timeline
  /** Counts what changed which rows there are. */
  writes = 0
  /** The value that a row has of which fields are changed before it was put. */
  blank: Uint8Array | undefined
  readonly #budget: Budget
  readonly #journal: Journal
  readonly #windowSize: number

  constructor(definition: WindowedDefinition, budget: Budget, journal: Journal) {
    super(new Layout(definition))
    this.rows = new Table(budget, journal)
    this.index = new Table(budget, journal)
    this.#budget = budget
    this.#journal = journal
    this.#windowSize = definition.windowSize
    this.timeline = this.firstTimeline
  }

  get usedBytes(): number {
    return this.rows.usedBytes + this.index.usedBytes
  }

  /** Stores a row in place of an earlier one; where duplicates are kept, behind the earlier ones. O(log n). */
  put(row: Row, value: Uint8Array): void {
    const key = this.layout.rowKey(this.layout.hasNumbers ? { ...row, number: this.#nextNumber(row) } : row)
    const isNew = this.rows.get(key) === undefined
    this.rows.put(key, value)
    if (isNew) this.#putIndex(key)
    this.#change(afterPut(this.timeline, this.layout, row.start, row.end))
  }

  /** The entry of a row that was just put: both are there, or neither. */
  #putIndex(row: Key): void {
    try {
      this.index.put(this.layout.indexKey(row), EMPTY)
    } catch (error) {
      this.rows.delete(row)
      throw error
    }
  }

  #nextNumber(row: Row): number {
    let next = 0
    this.rows.scan(this.#duplicatesOf(row), true, key => {
      next = this.layout.readRow(key).number + 1
      return 'done'
    })
    return next
  }

  /** The rows of this key and time. */
  #duplicatesOf(row: Row): Range {
    const first = this.layout.rowKey({ ...row, number: 0 })
    return new Range(first, true, first.slice(0, -wordKey(0).length) + wordKey(2 ** 32 - 1), true)
  }

  /** Removes a row; of duplicates all of them. */
  delete(row: Row): void {
    if (!this.layout.hasNumbers) this.#deleteRows([this.layout.rowKey(row)])
    else this.#deleteRows(keysIn(this.rows, this.#duplicatesOf(row)))
  }

  /** Removes all rows of a key. */
  deleteKey(escaped: Key): void {
    this.#deleteRows(keysIn(this.rows, Range.halfOpen(escaped, `${escaped}\xff`)))
  }

  #deleteRows(rows: readonly Key[]): void {
    for (const row of rows) {
      this.rows.delete(row)
      this.index.delete(this.layout.indexKey(row))
    }
    this.#change(this.timeline)
  }

  /** Puts a session in the place of others. The value goes first: it alone can be refused. */
  replace(sessions: readonly Row[], union: Row, value: Uint8Array): void {
    this.put(union, value)
    const others = sessions.filter(({ start, end }) => start !== union.start || end !== union.end)
    this.#deleteRows(others.map(session => this.layout.rowKey(session)))
  }

  /** Removes the rows that end before a time, and returns them in the order of their times. O(log n) for each. */
  expire(time: number): Row[] {
    // Windows are in the order of their starts: none that ends before has started later than that.
    const shortest = this.layout.isSessions ? 0 : this.timeline.span
    const ended: Row[] = []
    for (const entry of keysIn(this.index, Range.halfOpen(undefined, timeKey(time - shortest)))) {
      const row = this.layout.readRow(this.layout.rowOfIndex(entry))
      if (row.end < time) ended.push(row)
    }
    this.#deleteRows(ended.map(row => this.layout.rowKey(row)))
    return ended
  }

  view(): WindowedView {
    return new WindowedView(this.layout, this.rows.view(), this.index.view(), this.timeline)
  }

  clear(): void {
    this.rows.clear()
    this.index.clear()
    this.#change(this.firstTimeline)
  }

  restore(source: Opened): void {
    // Of the same kind: whoever asks has compared what they are.
    const { rows, index, timeline } = source as WindowedView
    this.#budget.check(this.rows.needFor(rows) + this.index.needFor(index))
    this.rows.restore(rows)
    this.index.restore(index)
    this.#change(timeline)
  }

  /** Replaces everything by what was loaded; whether there is room is known. */
  replaceBy(rows: LoadedEntries, index: LoadedEntries, timeline: Timeline): void {
    this.rows.replaceBy(rows)
    this.index.replaceBy(index)
    this.#change(timeline)
  }

  /** The timeline of a store without rows. */
  get firstTimeline(): Timeline {
    return firstTimeline(this.layout, this.#windowSize)
  }

  /** What is taken back is written too: who counted writes has to look again. */
  #change(timeline: Timeline): void {
    const before = this.timeline
    if (this.#journal.isOpen) this.#journal.note(() => this.#change(before))
    this.timeline = timeline
    this.writes++
  }
}

const EMPTY = new Uint8Array(0)

function keysIn(table: Table, range: Range): Key[] {
  const keys: Key[] = []
  table.scan(range, false, key => {
    keys.push(key)
    return 'next'
  })
  return keys
}
