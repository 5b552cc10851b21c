import type { WindowedDefinition } from '../../native/binding.js'
import type { Key } from '../key.js'
import { readTime, readWord, TIME, timeKey, wordKey } from './time.js'

// As crates/millpond/src/key/windowed.rs:
//   row              key, escaped and ended   start 8   end 8   number 4 (where duplicates are kept)
//   index, windows   start 8   end 8   key, escaped and ended   number 4 (as above)
//   index, sessions  end 8   key, escaped and ended   start 8

/** A row of windows or sessions: its times, its number among those of one key and time, and its key as escaped. */
export interface Row {
  readonly start: number
  readonly end: number
  readonly number: number
  readonly escaped: Key
}

const TIMES = 2 * TIME
const NUMBER = 4
/** Behind a zero that ends nothing. */
const MORE = '\xff'

/** A key as a part that others follow: zeros are followed by 0xFF, and a zero that is not ends it. */
export function escapeKey(key: Key): Key {
  return `${key.includes('\0') ? key.replaceAll('\0', `\0${MORE}`) : key}\0`
}

export function unescapeKey(escaped: Key): Key {
  const key = escaped.slice(0, -1)
  return key.includes('\0') ? key.replaceAll(`\0${MORE}`, '\0') : key
}

/** What is behind all rows of a key, and before those of any greater one: nothing in them begins with 0xFF after its end. */
export const afterKey = (escaped: Key): Key => escaped + MORE

/** How a store's keys are written. */
export class Layout {
  readonly isSessions: boolean
  readonly #numberLength: number

  constructor({ sessions, duplicates }: WindowedDefinition) {
    this.isSessions = sessions
    this.#numberLength = duplicates ? NUMBER : 0
  }

  get hasNumbers(): boolean {
    return this.#numberLength > 0
  }

  rowKey({ escaped, start, end, number }: Row): Key {
    const key = escaped + timeKey(start) + timeKey(end)
    return this.hasNumbers ? key + wordKey(number) : key
  }

  readRow(row: Key): Row {
    const timesAt = row.length - this.#numberLength - TIMES
    return {
      start: readTime(row, timesAt),
      end: readTime(row, timesAt + TIME),
      number: this.hasNumbers ? readWord(row, timesAt + TIMES) : 0,
      escaped: row.slice(0, timesAt),
    }
  }

  /** The index's entry of the row with this key. */
  indexKey(row: Key): Key {
    const timesAt = row.length - this.#numberLength - TIMES
    const key = row.slice(0, timesAt)
    const endAt = timesAt + TIME
    if (this.isSessions) return row.slice(endAt) + key + row.slice(timesAt, endAt)
    return row.slice(timesAt, timesAt + TIMES) + key + row.slice(timesAt + TIMES)
  }

  /** The key of the row that an entry of the index is for. */
  rowOfIndex(entry: Key): Key {
    if (this.isSessions) {
      const startAt = entry.length - TIME
      return entry.slice(TIME, startAt) + entry.slice(startAt) + entry.slice(0, TIME)
    }
    const numberAt = entry.length - this.#numberLength
    return entry.slice(TIMES, numberAt) + entry.slice(0, TIMES) + entry.slice(numberAt)
  }

  /** The time that the index has of a row, by which rows expire in order and stream time advances. */
  timeOf({ start, end }: Pick<Row, 'start' | 'end'>): number {
    return this.isSessions ? end : start
  }
}
