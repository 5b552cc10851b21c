import { copyOut } from '../codec/memory.js'
import { NO_HANDLE } from '../native/binding.js'
import { assertAttached, io, TIMES_AT } from '../native/io.js'
import { failure, LARGE_VALUE, MAYBE_ILL_FORMED, MISSING } from '../native/status.js'
import { Reader, type ReaderParts, type RowCoders } from './reader.js'
import { countRows, namesOf, type RowReader } from './rows.js'
import { defineTwins } from './twins.js'
import type { Rows, ScanOptions } from './types.js'
import { KeyStretch, KeysStretch, ROW_HEADER, TIMES, type Times } from './windowed-stretch.js'

const ALL_TIMES: Times = { from: -Infinity, to: Infinity, endsFrom: -Infinity }

/** Makes an object of a row: with its key if it is one of many. */
export interface MakeRow<K, V, Row> {
  one(start: number, end: number, value: V): Row
  many(key: K, start: number, end: number, value: V): Row & { key: K }
}

/** The method that `defineTwins` adds. */
// biome-ignore lint/correctness/noUnusedVariables: merged declarations have the same parameters
export interface WindowedReader<K, V, Row> {
  count(): Promise<number>
}

/** What windows and sessions have in common when they are read. */
export class WindowedReader<K, V, Row> extends Reader<K, V> {
  readonly #one: RowReader<Row>
  readonly #many: RowReader<Row & { key: K }>

  constructor(make: MakeRow<K, V, Row>, ...parts: ReaderParts<K, V>) {
    super(...parts)
    this.#one = this.rowReader(coders => readOne(make, coders))
    this.#many = this.rowReader(coders => readMany(make, coders))
  }

  get streamTime(): number {
    const outcome = this.hot.streamTime(this.handle)
    if (outcome < 0) throw this.failure(outcome, undefined)
    return outcome === 0 ? -Infinity : io.view.getFloat64(TIMES_AT, true)
  }

  countSync(): number {
    if (this.expiring.isDue) return countRows(this.rowsBetween(undefined, undefined, ALL_TIMES, undefined))
    return this.counted(this.hot.count(this.handle, 0, 0, 0, 0))
  }

  /** The value of a row whose times are checked. */
  protected read(key: K, start: number, end: number): V | undefined {
    const prepared = this.keyEncoder.prepare(key)
    assertAttached(io)
    if (this.expiring.isDue && this.expiring.isGone(this.nameOf(prepared, start, end))) return undefined
    let outcome = this.hot.windowGet(this.handle, this.keyEncoder.place(prepared), start, end)
    if (outcome === MAYBE_ILL_FORMED) {
      outcome = this.hot.windowGet(this.handle, this.placeWellFormed(prepared), start, end)
    }
    if (outcome >= 0) return this.coder.read(io, 0, outcome)
    if (outcome === MISSING) return undefined
    if (outcome !== LARGE_VALUE) throw this.failure(outcome, key)
    return this.#readLarge(prepared, start, end)
  }

  #readLarge(prepared: unknown, start: number, end: number): V {
    const placed = this.keyEncoder.place(prepared)
    const length = typeof placed === 'string' ? this.placeWellFormed(prepared) : placed
    io.bytes.copyWithin(ROW_HEADER, 0, length)
    io.view.setFloat64(0, start, true)
    io.view.setFloat64(8, end, true)
    io.view.setUint32(16, 0, true)
    const value = this.hot.windowValueOf(this.handle, NO_HANDLE, ROW_HEADER + length)
    if (typeof value === 'number') throw failure(value, { store: this.name })
    return this.coder.readOwn(value)
  }

  /** What a row is called where it says when it expires. */
  nameOf(prepared: unknown, start: number, end: number): Buffer {
    const placed = this.keyEncoder.place(prepared)
    const length = typeof placed === 'string' ? this.placeWellFormed(prepared) : placed
    const name = Buffer.allocUnsafe(TIMES + length)
    // Of -0 the time is that of 0.
    name.writeDoubleLE(start + 0, 0)
    name.writeDoubleLE(end + 0, 8)
    io.bytes.copy(name, TIMES, 0, length)
    return name
  }

  names(): Rows<Uint8Array> {
    return namesOf(this, new KeysStretch(this.keyCodec, undefined, undefined, ALL_TIMES, this.name))
  }

  /** The rows of a key. */
  protected rowsOf(key: K, times: Times, options: ScanOptions | undefined): Rows<Row> {
    return this.scan(new KeyStretch(this.keyCodec, key, times, this.name, this.hasCodedKeys), options, this.#one)
  }

  /** The rows of the keys from one to another, both inclusive; undefined is open. */
  protected rowsBetween(
    from: K | undefined,
    to: K | undefined,
    times: Times,
    options: ScanOptions | undefined,
  ): Rows<Row & { key: K }> {
    return this.scan(new KeysStretch(this.keyCodec, from, to, times, this.name), options, this.#many)
  }

  /** A zero takes one byte more. */
  protected lengthOf(key: string): number {
    return Buffer.byteLength(key) + key.split('\0').length - 1
  }
}

function readOne<K, V, Row>(make: MakeRow<K, V, Row>, { values }: RowCoders<K, V>): RowReader<Row> {
  return {
    read: (memory, keyAt, valueAt, end) =>
      make.one(
        memory.view.getFloat64(keyAt, true),
        memory.view.getFloat64(keyAt + 8, true),
        values.read(memory, valueAt, end),
      ),
    readLarge(memory, keyAt, _, value) {
      const [start, rowEnd] = [memory.view.getFloat64(keyAt, true), memory.view.getFloat64(keyAt + 8, true)]
      return make.one(start, rowEnd, values.readOwn(value()))
    },
  }
}

function readMany<K, V, Row>(
  make: MakeRow<K, V, Row>,
  { keys, values, isOwn }: RowCoders<K, V>,
): RowReader<Row & { key: K }> {
  const read: RowReader<Row & { key: K }>['read'] = (memory, keyAt, valueAt, end) =>
    make.many(
      keys.read(memory, keyAt + ROW_HEADER, valueAt),
      memory.view.getFloat64(keyAt, true),
      memory.view.getFloat64(keyAt + 8, true),
      values.read(memory, valueAt, end),
    )
  // A key codec of the user's may end the iteration, whose memory another one then fills.
  const readForeign: typeof read = (memory, keyAt, valueAt, end) => {
    const value = copyOut(memory.bytes, valueAt, end)
    const [start, rowEnd] = [memory.view.getFloat64(keyAt, true), memory.view.getFloat64(keyAt + 8, true)]
    const key = keys.read(memory, keyAt + ROW_HEADER, valueAt)
    return make.many(key, start, rowEnd, values.readOwn(value))
  }
  return {
    read: isOwn ? read : readForeign,
    readLarge(memory, keyAt, valueAt, value) {
      const own = value()
      const [start, rowEnd] = [memory.view.getFloat64(keyAt, true), memory.view.getFloat64(keyAt + 8, true)]
      return make.many(keys.read(memory, keyAt + ROW_HEADER, valueAt), start, rowEnd, values.readOwn(own))
    },
  }
}

defineTwins(WindowedReader, ['count'])
