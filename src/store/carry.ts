import { type Border, type Handle, NO_HANDLE, type Outcome } from '../native/binding.js'
import {
  DATA_AT,
  giveBack,
  HEAD_WORDS,
  io,
  LARGE,
  lease,
  NO_SCAN,
  ROWS,
  type SharedBuffer,
  TIMES_AT,
  VALUE_AT,
} from '../native/io.js'
import type { Definition } from './definition.js'
import { ROW_HEADER } from './windowed-stretch.js'

/** A store or a view of one, and the engine that it is in. */
export interface Place {
  readonly border: Border
  readonly handle: Handle
}

const NO_LIMIT = 2 ** 31 - 1

/**
 * Replaces what a store holds by what a view of a store of the same definition holds: between two engines row by row, so that
 * whoever calls takes back what is left half done. Returns 0 or a status.
 */
export function restoreFrom(
  source: Place,
  target: Place,
  definition: Pick<Definition, 'kind' | 'windowSize'>,
): Outcome {
  if (source.border === target.border) return target.border.binding.restore(target.handle, source.handle)
  const cleared = target.border.binding.clear(target.handle)
  if (cleared < 0) return cleared
  if (definition.kind === 'key-value') return carryRows(source, target, entries)
  const carried = carryRows(source, target, windowed)
  return carried < 0 ? carried : carryStreamTime(source, target, definition.windowSize ?? 0)
}

/** How rows of a kind are read from one engine and put into another. */
interface Carriage {
  begin(source: Place, memory: SharedBuffer): Outcome
  valueOf(source: Place, scan: Handle, length: number): Buffer | Outcome
  /** Puts a row whose key stands at the beginning of the shared buffer, as scans give it: its value up to `end`, or apart. */
  put(target: Place, length: number, end: number): Outcome
  putBytes(target: Place, length: number, value: Buffer): Outcome
}

const entries: Carriage = {
  begin: ({ border, handle }, { number }) => border.hot.scan(handle, number, 0, 0, 0, ROWS, NO_LIMIT),
  valueOf: ({ border, handle }, scan, length) => border.hot.valueOf(handle, scan, length),
  put: ({ border, handle }, length, end) => border.hot.put(handle, length, VALUE_AT, end),
  putBytes: ({ border, handle }, length, value) => border.hot.putBytes(handle, length, value),
}

const windowed: Carriage = {
  begin({ border, handle }, { number }) {
    for (const [i, time] of [-Infinity, Infinity, -Infinity].entries()) io.view.setFloat64(TIMES_AT + 8 * i, time, true)
    return border.hot.windowFetchAll(handle, number, 0, 0, 0, ROWS, NO_LIMIT)
  },
  valueOf: ({ border, handle }, scan, length) => border.hot.windowValueOf(handle, scan, length),
  put({ border, handle }, length, end) {
    const { start, end: rowEnd } = takeTimes(length)
    return border.hot.windowPut(handle, length - ROW_HEADER, start, rowEnd, VALUE_AT, end)
  },
  putBytes({ border, handle }, length, value) {
    const { start, end } = takeTimes(length)
    return border.hot.windowPutBytes(handle, length - ROW_HEADER, start, end, value)
  },
}

/** The times of the row that stands at the beginning of the shared buffer, where then its key alone does. */
function takeTimes(length: number) {
  const [start, end] = [io.view.getFloat64(0, true), io.view.getFloat64(8, true)]
  io.bytes.copyWithin(0, ROW_HEADER, length)
  return { start, end }
}

function carryRows(source: Place, target: Place, by: Carriage): Outcome {
  const memory = lease()
  let scan = NO_HANDLE
  try {
    let count = by.begin(source, memory)
    for (;;) {
      scan = count < 0 ? scan : scanIn(memory)
      const carried = count < 0 ? count : carryFilled(source, target, by, { memory, count, scan })
      if (carried < 0 || scan === NO_HANDLE) return carried
      count = source.border.hot.scanNext(scan, memory.number, ROWS, NO_LIMIT)
    }
  } finally {
    if (scan !== NO_HANDLE) source.border.hot.scanClose(scan)
    giveBack(memory)
  }
}

function scanIn({ words }: SharedBuffer): Handle {
  const [low, high] = [words[0]!, words[1]!]
  return low === NO_SCAN && high === NO_SCAN ? NO_HANDLE : high * 2 ** 32 + low
}

/** Some rows that a scan gave. */
interface Filled {
  readonly memory: SharedBuffer
  readonly count: number
  readonly scan: Handle
}

function carryFilled(source: Place, target: Place, by: Carriage, { memory, count, scan }: Filled): Outcome {
  let at = DATA_AT
  for (let row = 0; row < count; row++) {
    const valueAt = memory.words[HEAD_WORDS + 2 * row]!
    const end = memory.words[HEAD_WORDS + 2 * row + 1]!
    const length = valueAt - at
    memory.bytes.copy(io.bytes, 0, at, valueAt)
    let outcome: Outcome
    if (end === LARGE) {
      const value = by.valueOf(source, scan, length)
      outcome = typeof value === 'number' ? value : by.putBytes(target, length, value)
    } else {
      memory.bytes.copy(io.bytes, VALUE_AT, valueAt, end)
      outcome = by.put(target, length, VALUE_AT + end - valueAt)
    }
    if (outcome < 0) return outcome
    at = end === LARGE ? valueAt : end
  }
  return 0
}

/** The stream time may be that of a row that is gone: one of that time is put and removed. */
function carryStreamTime(source: Place, target: Place, windowSize: number): Outcome {
  const [time, reached] = [streamTime(source), streamTime(target)]
  if (time === reached) return 0
  const { hot } = target.border
  const put = hot.windowPut(target.handle, 0, time, time + windowSize, VALUE_AT, VALUE_AT)
  return put < 0 ? put : hot.windowRemove(target.handle, 0, time, time + windowSize)
}

function streamTime({ border, handle }: Place): number {
  return border.hot.streamTime(handle) === 1 ? io.view.getFloat64(TIMES_AT, true) : -Infinity
}
