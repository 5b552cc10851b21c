import type { Times } from '../../store/windowed-stretch.js'
import type { Fill } from '../fill.js'
import type { Key } from '../key.js'
import type { Range } from '../range.js'
import type { Entries } from '../table.js'
import { type Layout, type Row, unescapeKey } from './layout.js'

/** The two tables of a windowed store, to be read. */
export interface Tables {
  /** The rows, by key and time. */
  readonly rows: Entries
  /** For each row an entry, by time and key. */
  readonly index: Entries
}

/** Rows that are yet to be given, of tables that are lent to it: those of the moment when it began. */
export interface Walk {
  /** Gives rows to a buffer; returns whether there are more. O(log n + rows). */
  fill(tables: Tables, fill: Fill): boolean
}

/** Whether a row has such times. */
export function have({ from, to, endsFrom }: Times, { start, end }: Row): boolean {
  return from <= start && start <= to && end >= endsFrom
}

/** Over rows by their key: those of one, or of all from one to another. */
export class KeyWalk implements Walk {
  constructor(
    private readonly layout: Layout,
    private range: Range,
    private readonly times: Times,
    private readonly reverse: boolean,
    /** Whether all are of one key, which whoever asks for them knows. */
    private readonly isOfOneKey: boolean,
  ) {}

  fill({ rows }: Tables, fill: Fill): boolean {
    const next = rows.scan(this.range, this.reverse, (key, value) => {
      const row = this.layout.readRow(key)
      if (!have(this.times, row)) return 'next'
      return fill.takeRow(row, this.isOfOneKey ? '' : unescapeKey(row.escaped), value)
    })
    if (next !== undefined) this.range = this.range.goingOn(next, this.reverse)
    return next !== undefined
  }
}

/** Over rows by their time, by way of the index. */
export class TimeWalk implements Walk {
  constructor(
    private readonly layout: Layout,
    private range: Range,
    /** From which key to which, as escaped. */
    private readonly from: Key | undefined,
    private readonly to: Key | undefined,
    private readonly reverse: boolean,
  ) {}

  fill({ rows, index }: Tables, fill: Fill): boolean {
    const next = index.scan(this.range, this.reverse, entry => {
      const rowKey = this.layout.rowOfIndex(entry)
      const row = this.layout.readRow(rowKey)
      const { escaped } = row
      const isWanted =
        (this.from === undefined || this.from <= escaped) && (this.to === undefined || escaped <= this.to)
      return isWanted ? fill.takeRow(row, unescapeKey(escaped), rows.get(rowKey)!) : 'next'
    })
    if (next !== undefined) this.range = this.range.goingOn(next, this.reverse)
    return next !== undefined
  }
}
