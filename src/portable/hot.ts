import { copyInto } from '../codec/memory.js'
import type { Handle, Hot, NativeKey } from '../native/binding.js'
import { bufferOf, io } from '../native/io.js'
import { CLOSED, LARGE_VALUE, MISSING } from '../native/status.js'
import { SUBTRACT } from '../store/numbers.js'
import { changedFields } from './fields.js'
import { Fill, getMany } from './fill.js'
import { keyOf } from './key.js'
import { numberIn, numberTypes, readNumber, sumOf, valueFor, writeNumber } from './number.js'
import type { OpenHandles } from './opened.js'
import { rangeOf } from './range.js'
import { statusOf } from './refusal.js'
import { RangeScan } from './scan.js'
import type { PlainView } from './store.js'

const REVERSE = 16

/** The bytes of the shared buffer as an array whose `slice` copies. */
const shared = new Uint8Array(io.bytes.buffer)

/** A value of its own, of what stands in the shared buffer. */
export const valueIn = (start: number, end: number): Uint8Array => shared.slice(start, end)

/** Puts a value that was found into the shared buffer; returns its length. */
export function answer(value: Uint8Array | undefined): number {
  if (value === undefined) return MISSING
  const { length } = value
  if (length > shared.length) return LARGE_VALUE
  copyInto(shared, 0, value, length)
  return length
}

/** The sum of a value and the number that stands at `at` in the shared buffer, which it replaces there. A missing value is 0. */
export function addTo(value: Uint8Array | undefined, kind: number, at: number): Uint8Array {
  const type = numberTypes[kind % SUBTRACT]!
  const delta = readNumber(type, io.bytes, at)
  const number = value === undefined ? type.zero : numberIn(type, value)
  const sum = sumOf(type, number, delta, kind >= SUBTRACT)
  writeNumber(type, io.bytes, at, sum)
  return valueFor(type, sum)
}

/** The operations on keys and values: as crates/millpond-node/src/hot.rs. */
export function hotOf(open: OpenHandles): Hot {
  return {
    nothing: () => 0,
    get: statusOf((store: Handle, key: NativeKey) => answer(open.opened(store).rows.get(keyOf(key)))),
    has: statusOf((store: Handle, key: NativeKey) => (open.opened(store).rows.get(keyOf(key)) === undefined ? 0 : 1)),
    put: statusOf((store: Handle, key: NativeKey, start: number, end: number) => {
      open.plain(store).rows.put(keyOf(key), valueIn(start, end))
      return 0
    }),
    putBytes: statusOf((store: Handle, key: NativeKey, value: Uint8Array) => {
      open.plain(store).rows.put(keyOf(key), Uint8Array.from(value))
      return 0
    }),
    remove: statusOf((store: Handle, key: NativeKey) => {
      open.plain(store).rows.delete(keyOf(key))
      return 0
    }),
    add: statusOf((store: Handle, placed: NativeKey, kind: number, at: number) => {
      const { rows } = open.plain(store)
      const key = keyOf(placed)
      const sum = addTo(rows.get(key), kind, at)
      rows.put(key, sum)
      return sum.length
    }),
    updateFields: statusOf((store: Handle, placed: NativeKey, start: number, end: number) => {
      const { rows, blank } = open.plain(store)
      const key = keyOf(placed)
      const before = rows.get(key)
      const value = before ?? blank
      if (value === undefined) return MISSING
      rows.put(key, changedFields(value, before === undefined, start, end))
      return 0
    }),
    ...scansOf(open),
    count: statusOf((store: Handle, _: number, bounds: number, from: number, to: number) => {
      return open.opened(store).rows.countIn(rangeOf(bounds, from, to))
    }),
    about: statusOf((store: Handle) => open.opened(store).rows.count),
    removeRange: statusOf((store: Handle, _: number, bounds: number, from: number, to: number) => {
      return open.plain(store).rows.deleteRange(rangeOf(bounds, from, to))
    }),
  }
}

function scansOf(open: OpenHandles): Pick<Hot, 'getMany' | 'scan' | 'scanNext' | 'scanClose' | 'valueOf'> {
  return {
    getMany: statusOf((store: Handle, keys: number, values: number, from: number, count: number) => {
      return getMany(open.opened(store).rows, bufferOf(keys), bufferOf(values), from, count)
    }),
    scan: statusOf(
      (store: Handle, buffer: number, bounds: number, from: number, to: number, rows: number, limit: number) => {
        const opened = open.opened(store)
        const [range, reverse] = [rangeOf(bounds, from, to), (bounds & REVERSE) !== 0]
        const fill = new Fill(bufferOf(buffer), rows, limit)
        const next = opened.rows.scan(range, reverse, (key, value) => fill.take(key, value))
        if (next === undefined) return fill.finish(undefined)
        const scan = new RangeScan(store, opened.view() as PlainView, range, reverse, next)
        return fill.finish(open.add(open.scans, scan))
      },
    ),
    scanNext(handle, buffer, rows, limit) {
      const scan = open.scans.get(handle)
      if (scan === undefined) return CLOSED
      const fill = new Fill(bufferOf(buffer), rows, limit)
      scan.isDone ||= !scan.resume(fill)
      // A large value is asked for by itself, of the same view.
      const stays = !scan.isDone || fill.hasLarge
      if (!stays) open.closeScan(handle)
      return fill.finish(stays ? handle : undefined)
    },
    scanClose(handle) {
      open.closeScan(handle)
      return 0
    },
    valueOf: statusOf((store: Handle, scan: Handle, key: NativeKey) => {
      const { rows } = open.scans.get(scan)?.view ?? open.opened(store)
      const value = rows.get(keyOf(key))
      return value === undefined ? MISSING : Buffer.from(value)
    }),
  }
}
