import { copyInto } from '../../codec/memory.js'
import type { Handle, HotWindowed, NativeKey } from '../../native/binding.js'
import { bufferOf, io, TIMES_AT, UPPER_AT } from '../../native/io.js'
import { KEY_LIMIT, KEY_TOO_LARGE, LARGE_VALUE, MISSING } from '../../native/status.js'
import { ROW_HEADER, type Times } from '../../store/windowed-stretch.js'
import { changedFields } from '../fields.js'
import { Fill } from '../fill.js'
import { addTo, answer, valueIn } from '../hot.js'
import { keyOf, readKey, writeKey } from '../key.js'
import type { OpenHandles } from '../opened.js'
import { Refusal, statusOf } from '../refusal.js'
import { WalkScan } from '../scan.js'
import { escapeKey, type Row, unescapeKey } from './layout.js'
import type { Windowed } from './reader.js'
import { writeRowHeader } from './row-header.js'
import type { WindowedView } from './store.js'
import type { Walk } from './walk.js'

const FROM_KEY = 1
const TO_KEY = 2
const REVERSE = 16

/** The key of an operation, as escaped. */
function escapedOf(placed: NativeKey): string {
  const escaped = escapeKey(keyOf(placed))
  if (escaped.length - 1 > KEY_LIMIT) throw new Refusal(KEY_TOO_LARGE)
  return escaped
}

// Of -0 the time is that of 0.
const rowOf = (key: NativeKey, start: number, end: number): Row => ({
  escaped: escapedOf(key),
  start: start + 0,
  end: end + 0,
  number: 0,
})

/** The times of the rows that are asked for. */
function timesIn(): Times {
  const [from, to, endsFrom] = [0, 8, 16].map(at => io.view.getFloat64(TIMES_AT + at, true)) as [number, number, number]
  return { from, to, endsFrom }
}

/** The operations on windows and sessions: as crates/millpond-node/src/hot_windowed.rs. */
export function hotWindowedOf(open: OpenHandles): HotWindowed {
  return { ...windowsOf(open), ...fetchesOf(open), ...sessionsOf(open), ...timesOf(open) }
}

type Windows = 'windowGet' | 'windowPut' | 'windowPutBytes' | 'windowRemove' | 'windowAdd' | 'windowUpdateFields'

function windowsOf(open: OpenHandles): Pick<HotWindowed, Windows> {
  const put = (store: Handle, row: Row, value: Uint8Array) => {
    open.windowedStore(store).put(row, value)
    return 0
  }
  return {
    windowGet: statusOf((store: Handle, key: NativeKey, start: number, end: number) => {
      return answer(open.windowed(store).get(rowOf(key, start, end)))
    }),
    windowPut: statusOf((store: Handle, key: NativeKey, start: number, end: number, from: number, to: number) => {
      return put(store, rowOf(key, start, end), valueIn(from, to))
    }),
    windowPutBytes: statusOf((store: Handle, key: NativeKey, start: number, end: number, value: Uint8Array) => {
      return put(store, rowOf(key, start, end), Uint8Array.from(value))
    }),
    windowRemove: statusOf((store: Handle, key: NativeKey, start: number, end: number) => {
      open.windowedStore(store).delete(rowOf(key, start, end))
      return 0
    }),
    windowAdd: statusOf((store: Handle, key: NativeKey, start: number, end: number, kind: number, at: number) => {
      const row = rowOf(key, start, end)
      const sum = addTo(open.windowed(store).get(row), kind, at)
      put(store, row, sum)
      return sum.length
    }),
    windowUpdateFields: statusOf(
      (store: Handle, key: NativeKey, start: number, end: number, from: number, to: number) => {
        const row = rowOf(key, start, end)
        const windowed = open.windowedStore(store)
        const before = windowed.get(row)
        const value = before ?? windowed.blank
        if (value === undefined) return MISSING
        return put(store, row, changedFields(value, before === undefined, from, to))
      },
    ),
  }
}

function fetchesOf(open: OpenHandles): Pick<HotWindowed, 'windowFetch' | 'windowFetchAll' | 'windowValueOf'> {
  const begin = (store: Handle, windowed: Windowed, walk: Walk, fill: Fill) => {
    if (!walk.fill(windowed, fill)) return fill.finish(undefined)
    const view = (windowed as WindowedView).view()
    return fill.finish(open.add(open.scans, new WalkScan(store, view, walk)))
  }
  return {
    windowFetch: statusOf(
      (store: Handle, buffer: number, key: NativeKey, flags: number, rows: number, limit: number) => {
        const windowed = open.windowed(store)
        const walk = windowed.walkKey(escapeKey(keyOf(key)), timesIn(), (flags & REVERSE) !== 0)
        return begin(store, windowed, walk, new Fill(bufferOf(buffer), rows, limit))
      },
    ),
    windowFetchAll: statusOf(
      (store: Handle, buffer: number, flags: number, from: number, to: number, rows: number, limit: number) => {
        const windowed = open.windowed(store)
        const first = flags & FROM_KEY ? escapeKey(readKey(io.bytes, 0, from)) : undefined
        const last = flags & TO_KEY ? escapeKey(readKey(io.bytes, UPPER_AT, UPPER_AT + to)) : undefined
        const walk = windowed.walkAll(first, last, timesIn(), (flags & REVERSE) !== 0)
        return begin(store, windowed, walk, new Fill(bufferOf(buffer), rows, limit))
      },
    ),
    windowValueOf: statusOf((store: Handle, scan: Handle, length: number) => {
      const windowed = (open.scans.get(scan)?.view as WindowedView | undefined) ?? open.windowed(store)
      const value = windowed.get({
        start: io.view.getFloat64(0, true) + 0,
        end: io.view.getFloat64(8, true) + 0,
        number: io.view.getUint32(16, true),
        escaped: escapeKey(readKey(io.bytes, ROW_HEADER, length)),
      })
      return value === undefined ? MISSING : Buffer.from(value)
    }),
  }
}

type Sessions = 'sessionNear' | 'sessionMerge' | 'sessionMergeBytes' | 'sessionRemoveAll' | 'sessionExpire'

function sessionsOf(open: OpenHandles): Pick<HotWindowed, Sessions> {
  const merge = (store: Handle, key: NativeKey, time: number, gap: number, value: Uint8Array) => {
    const sessions = open.windowedStore(store)
    const escaped = escapedOf(key)
    const near: Row[] = []
    sessions.near(escaped, time, gap, row => void near.push(row))
    const start = Math.min(time + 0, ...near.map(session => session.start))
    const end = Math.max(time + 0, ...near.map(session => session.end))
    sessions.replace(near, { escaped, start, end, number: 0 }, value)
    return 0
  }
  return {
    sessionNear: statusOf((store: Handle, key: NativeKey, time: number, gap: number) => {
      let [at, count, fits] = [0, 0, true]
      open.windowed(store).near(escapedOf(key), time, gap, (row, value) => {
        const end = at + ROW_HEADER + value.length
        fits &&= end <= io.bytes.length
        if (!fits) return
        writeRowHeader(io.view, at, { ...row, number: value.length })
        copyInto(io.bytes, at + ROW_HEADER, value, value.length)
        at = end
        count++
      })
      return fits ? count : LARGE_VALUE
    }),
    sessionMerge: statusOf((store: Handle, key: NativeKey, time: number, gap: number, from: number, to: number) => {
      return merge(store, key, time, gap, valueIn(from, to))
    }),
    sessionMergeBytes: statusOf((store: Handle, key: NativeKey, time: number, gap: number, value: Uint8Array) => {
      return merge(store, key, time, gap, Uint8Array.from(value))
    }),
    sessionRemoveAll: statusOf((store: Handle, key: NativeKey) => {
      open.windowedStore(store).deleteKey(escapedOf(key))
      return 0
    }),
    sessionExpire: statusOf((store: Handle, time: number) => {
      return rowKeysOf(open.windowedStore(store).expire(time))
    }),
  }
}

/** The keys of rows, each behind its length, as a row has its key. */
function rowKeysOf(rows: readonly Row[]): Buffer {
  const keys = rows.map(row => unescapeKey(row.escaped))
  const bytes = Buffer.alloc(keys.reduce((length, key) => length + 4 + ROW_HEADER + key.length, 0))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  for (const [i, key] of keys.entries()) {
    bytes.writeUInt32LE(ROW_HEADER + key.length, at)
    writeRowHeader(view, at + 4, rows[i]!)
    writeKey(bytes, at + 4 + ROW_HEADER, key)
    at += 4 + ROW_HEADER + key.length
  }
  return bytes
}

function timesOf(open: OpenHandles): Pick<HotWindowed, 'windowExpire' | 'windowWrites' | 'streamTime'> {
  return {
    windowExpire: statusOf((store: Handle, time: number) => open.windowedStore(store).expire(time).length),
    windowWrites: statusOf((store: Handle) => open.windowedStore(store).writes),
    streamTime: statusOf((store: Handle) => {
      const { streamTime } = open.windowed(store).timeline
      if (streamTime === -Infinity) return 0
      io.view.setFloat64(TIMES_AT, streamTime, true)
      return 1
    }),
  }
}
