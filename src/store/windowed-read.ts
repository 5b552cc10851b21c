import { type Codec, packingOf } from '../codec/codec.js'
import { copyOut } from '../codec/memory.js'
import { type Handle, hot, NO_HANDLE } from '../native/binding.js'
import { assertAttached, io, TIMES_AT } from '../native/io.js'
import {
  CLOSED,
  failure,
  KEY_LIMIT,
  KEY_TOO_LARGE,
  LARGE_VALUE,
  MAYBE_ILL_FORMED,
  MISSING,
  tooLarge,
} from '../native/status.js'
import type { Stretch } from './bounds.js'
import type { Expiring } from './expiring.js'
import { type KeyEncoder, keyEncoder, placeWellFormed } from './key.js'
import { checkScanOptions, namesOf, type RowReader, ScanRows } from './rows.js'
import { defineTwins } from './twins.js'
import type { Rows, ScanOptions } from './types.js'
import { plainValues, type ValueCoder } from './value.js'
import { valueCoder } from './versions.js'
import type { Views } from './views.js'
import { KeyStretch, KeysStretch, ROW_HEADER, TIMES, type Times } from './windowed-stretch.js'

const ALL_TIMES: Times = { from: -Infinity, to: Infinity, endsFrom: -Infinity }

/** What every windowed store is opened with. */
export interface WindowedCodecs<K, V> {
  readonly keyCodec: Codec<K>
  readonly valueCodec: Codec<V>
  readonly ttl?: number
}

/** Makes an object of a row: with its key if it is one of many. */
export interface MakeRow<K, V, Row> {
  one(start: number, end: number, value: V): Row
  many(key: K, start: number, end: number, value: V): Row & { key: K }
}

/** The methods that `defineTwins` adds. */
// biome-ignore lint/correctness/noUnusedVariables: merged declarations have the same parameters
export interface WindowedReader<K, V, Row> {
  count(): Promise<number>
  approximateNumEntries(): Promise<number>
}

/** Windows or sessions that are read from: a store or a snapshot, by its handle. */
export class WindowedReader<K, V, Row> {
  /** NO_HANDLE once it is closed. */
  handle: Handle
  protected readonly keyEncoder: KeyEncoder<K>
  protected readonly coder: ValueCoder<V>
  readonly #keyCodec: Codec<K>
  readonly #one: RowReader<Row>
  readonly #many: RowReader<Row & { key: K }>

  constructor(
    readonly name: string,
    handle: Handle,
    readonly codecs: WindowedCodecs<K, V>,
    readonly views: Views,
    readonly expiring: Expiring,
    make: MakeRow<K, V, Row>,
  ) {
    this.handle = handle
    this.#keyCodec = codecs.keyCodec
    this.keyEncoder = keyEncoder(codecs.keyCodec, name)
    this.coder = valueCoder(codecs.valueCodec, name)
    const values = this.coder
    const keys = plainValues(codecs.keyCodec)
    this.#one = {
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
    const readMany: RowReader<Row & { key: K }>['read'] = (memory, keyAt, valueAt, end) =>
      make.many(
        keys.read(memory, keyAt + ROW_HEADER, valueAt),
        memory.view.getFloat64(keyAt, true),
        memory.view.getFloat64(keyAt + 8, true),
        values.read(memory, valueAt, end),
      )
    // A key codec of the user's may end the iteration, whose memory another one then fills.
    const readManyForeign: typeof readMany = (memory, keyAt, valueAt, end) => {
      const value = copyOut(memory.bytes, valueAt, end)
      const [start, rowEnd] = [memory.view.getFloat64(keyAt, true), memory.view.getFloat64(keyAt + 8, true)]
      const key = keys.read(memory, keyAt + ROW_HEADER, valueAt)
      return make.many(key, start, rowEnd, values.readOwn(value))
    }
    this.#many = {
      read: packingOf(codecs.keyCodec) ? readMany : readManyForeign,
      readLarge(memory, keyAt, valueAt, value) {
        const own = value()
        const [start, rowEnd] = [memory.view.getFloat64(keyAt, true), memory.view.getFloat64(keyAt + 8, true)]
        return make.many(keys.read(memory, keyAt + ROW_HEADER, valueAt), start, rowEnd, values.readOwn(own))
      },
    }
  }

  get closed(): boolean {
    return this.handle === NO_HANDLE || this.views.closed
  }

  get streamTime(): number {
    const outcome = hot.streamTime(this.handle)
    if (outcome < 0) throw this.failure(outcome, undefined)
    return outcome === 0 ? -Infinity : io.view.getFloat64(TIMES_AT, true)
  }

  countSync(): number {
    if (this.expiring.isDue) return this.#countLeft()
    const count = hot.count(this.handle, 0, 0, 0, 0)
    if (count < 0) throw this.failure(count, undefined)
    return count
  }

  /** Counts what has not expired, row by row. */
  #countLeft(): number {
    let count = 0
    for (const _ of this.rowsBetween(undefined, undefined, ALL_TIMES, undefined)) count++
    return count
  }

  approximateNumEntriesSync(): number {
    const count = hot.about(this.handle)
    if (count < 0) throw this.failure(count, undefined)
    return count
  }

  /** The value of a row whose times are checked. */
  protected read(key: K, start: number, end: number): V | undefined {
    const prepared = this.keyEncoder.prepare(key)
    assertAttached(io)
    if (this.expiring.isDue && this.expiring.isGone(this.nameOf(prepared, start, end))) return undefined
    let outcome = hot.windowGet(this.handle, this.keyEncoder.place(prepared), start, end)
    if (outcome === MAYBE_ILL_FORMED) {
      outcome = hot.windowGet(this.handle, this.placeWellFormed(prepared), start, end)
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
    const value = hot.windowValueOf(this.handle, NO_HANDLE, ROW_HEADER + length)
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

  /** What all rows are called there. */
  names(): Rows<Uint8Array> {
    return namesOf(this, new KeysStretch(this.#keyCodec, undefined, undefined, ALL_TIMES, this.name))
  }

  /** The rows of a key. */
  protected rowsOf(key: K, times: Times, options: ScanOptions | undefined): Rows<Row> {
    return this.#scan(new KeyStretch(this.#keyCodec, key, times, this.name), options, this.#one)
  }

  /** The rows of the keys from one to another, both inclusive; undefined is open. */
  protected rowsBetween(
    from: K | undefined,
    to: K | undefined,
    times: Times,
    options: ScanOptions | undefined,
  ): Rows<Row & { key: K }> {
    return this.#scan(new KeysStretch(this.#keyCodec, from, to, times, this.name), options, this.#many)
  }

  #scan<T>(stretch: Stretch, options: ScanOptions | undefined, reader: RowReader<T>): Rows<T> {
    if (this.closed) throw this.failure(CLOSED, undefined)
    return new ScanRows(this, stretch, checkScanOptions(options), reader)
  }

  /** Puts a string that native code was not sure of where it looks for it, or refuses it. */
  protected placeWellFormed(prepared: unknown): number {
    return placeWellFormed(prepared as string, this.name)
  }

  /** @internal */
  failure(status: number, key: K | undefined): Error {
    const details = { store: this.name, ...(key === undefined ? {} : { key }) }
    if (status === KEY_TOO_LARGE) return tooLarge('key', KEY_LIMIT, escapedLength(key), details)
    return failure(status, details)
  }
}

defineTwins(WindowedReader, ['count', 'approximateNumEntries'])

/** How many bytes a text takes as a key of windows: a zero takes one more. */
function escapedLength(key: unknown): number | undefined {
  return typeof key === 'string' ? Buffer.byteLength(key) + key.split('\0').length - 1 : undefined
}
