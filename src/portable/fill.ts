import { copyInto } from '../codec/memory.js'
import type { Handle } from '../native/binding.js'
import { ABSENT, DATA_AT, HEAD_WORDS, LARGE, NO_SCAN, ROWS, type SharedBuffer } from '../native/io.js'
import { ROW_HEADER } from '../store/windowed-stretch.js'
import { type Key, readKey, writeKey } from './key.js'
import type { Entries, Visit } from './table.js'
import type { Row } from './windowed/layout.js'
import { writeRowHeader } from './windowed/row-header.js'

/** Takes the rows of a scan into a buffer that an iterator leased, as crates/millpond-node/src/rows.rs lays them out. */
export class Fill {
  #end = DATA_AT
  #count = 0
  #rows: number
  /** Whether there is a row whose value is asked for alone. */
  hasLarge = false

  constructor(
    private readonly memory: SharedBuffer,
    rows: number,
    private readonly limit: number,
  ) {
    this.#rows = Math.min(rows, ROWS)
  }

  take(key: Key, value: Uint8Array): Visit {
    if (!this.#fits(key.length, value)) return this.#count >= this.limit ? 'done' : 'later'
    writeKey(this.memory.bytes, this.#end, key)
    return this.#add(key.length, value)
  }

  /** The same for a row of windows or sessions, with this key; empty where all are of one. */
  takeRow(row: Row, key: Key, value: Uint8Array): Visit {
    const length = ROW_HEADER + key.length
    if (!this.#fits(length, value)) return this.#count >= this.limit ? 'done' : 'later'
    writeRowHeader(this.memory.view, this.#end, row)
    writeKey(this.memory.bytes, this.#end + ROW_HEADER, key)
    return this.#add(length, value)
  }

  /** A row that does not fit into an empty buffer goes alone, without its value. */
  #fits(length: number, value: Uint8Array): boolean {
    if (this.#count >= Math.min(this.limit, this.#rows)) return false
    return this.#count === 0 || this.#end + length + value.length <= this.memory.bytes.length
  }

  #add(length: number, value: Uint8Array): Visit {
    const { bytes, words } = this.memory
    const valueAt = this.#end + length
    const end = valueAt + value.length
    const isLarge = end > bytes.length
    const place = HEAD_WORDS + 2 * this.#count++
    words[place] = valueAt
    words[place + 1] = isLarge ? LARGE : end
    this.#end = isLarge ? valueAt : end
    if (isLarge) {
      this.hasLarge = true
      this.#rows = 1
    } else copyInto(bytes, valueAt, value, value.length)
    return this.#count === this.limit ? 'done' : 'next'
  }

  /** Says in the buffer's head which scan goes on; returns the number of rows. */
  finish(scan: Handle | undefined): number {
    const { words } = this.memory
    words[0] = scan === undefined ? NO_SCAN : scan >>> 0
    words[1] = scan === undefined ? NO_SCAN : Math.floor(scan / 2 ** 32)
    return this.#count
  }
}

/**
 * Looks up the keys that stand in one buffer from row `from` on, and writes their values to another; returns how many keys that
 * were, one at least.
 */
export function getMany(
  entries: Entries,
  keys: SharedBuffer,
  values: SharedBuffer,
  from: number,
  count: number,
): number {
  let end = DATA_AT
  for (let row = from; row < count; row++) {
    const keyAt = row === 0 ? DATA_AT : keys.words[HEAD_WORDS + 2 * (row - 1)]!
    const value = entries.get(readKey(keys.bytes, keyAt, keys.words[HEAD_WORDS + 2 * row]!))
    const place = HEAD_WORDS + 2 * (row - from) + 1
    if (value === undefined) values.words[place] = ABSENT
    else if (DATA_AT + value.length > values.bytes.length) values.words[place] = LARGE
    else if (end + value.length > values.bytes.length) return row - from
    else {
      copyInto(values.bytes, end, value, value.length)
      end += value.length
      values.words[place] = end
    }
  }
  return count - from
}
