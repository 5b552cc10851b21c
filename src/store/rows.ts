import type { Io } from '../codec/codec.js'
import { describe, invalidArgument, outOfRange } from '../error.js'
import { type Handle, type NativeKey, NO_HANDLE, type Operations } from '../native/binding.js'
import { DATA_AT, giveBack, HEAD_WORDS, io, LARGE, lease, NO_SCAN, ROWS, type SharedBuffer } from '../native/io.js'
import { CLOSED, failure } from '../native/status.js'
import type { Stretch } from './bounds.js'
import type { Expiring } from './expiring.js'
import type { Rows, ScanOptions } from './types.js'
import type { Views } from './views.js'

/** The first fill is small: many loops end early, and a scan that ends in it takes no snapshot. */
const FIRST_ROWS = 128
const NO_LIMIT = 2 ** 31 - 1

/** What rows are read from. */
export interface RowSource {
  readonly name: string
  readonly handle: Handle
  readonly hot: Operations
  /** Whether it, or its provider, was closed. */
  readonly closed: boolean
  readonly views: Views
  readonly expiring: Expiring
}

/** What a row becomes. */
export interface RowReader<T> {
  /** From `keyAt` to `valueAt` stands the key, from there to `end` the value. */
  read(memory: Io, keyAt: number, valueAt: number, end: number): T
  /** The same for a row whose value is too large for the buffer; asked for only if it is needed. */
  readLarge(memory: Io, keyAt: number, valueAt: number, value: () => Buffer): T
  /** How an iteration reads that begins now, if that may be another way later. */
  now?(): RowReader<T>
}

/** A value of any size as a Buffer of its own. The key must be there. */
export function ownValue(source: Pick<RowSource, 'name' | 'handle' | 'hot'>, key: NativeKey): Buffer {
  return found(source.hot.valueOf(source.handle, NO_HANDLE, key), source)
}

function found(value: Buffer | number, source: Pick<RowSource, 'name'>): Buffer {
  if (typeof value === 'number') throw failure(value, { store: source.name })
  return value
}

const NO_OPTIONS: ScanOptions = {}

/** Reads each option once, and says what is wrong with it. By hand, since the general way takes 200 ns. */
export function checkScanOptions(options: ScanOptions | undefined): ScanOptions {
  if (options === undefined) return NO_OPTIONS
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument(`scan: expected an object of options, got ${describe(options)}`)
  }
  for (const name in options) {
    if (name !== 'reverse' && name !== 'limit' && name !== 'signal') {
      throw invalidArgument(`scan: unknown option ${JSON.stringify(name)}`)
    }
  }
  const { reverse = false, limit = Infinity, signal } = options
  if (typeof reverse !== 'boolean') throw invalidArgument(`scan: reverse: expected a boolean, got ${describe(reverse)}`)
  if (typeof limit !== 'number') throw invalidArgument(`scan: limit: expected a number, got ${describe(limit)}`)
  if (limit < 0 || (limit !== Infinity && !Number.isInteger(limit))) {
    throw outOfRange(`scan: limit: expected a whole number that is not negative, got ${limit}`)
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidArgument(`scan: signal: expected an AbortSignal, got ${describe(signal)}`)
  }
  return signal === undefined ? { reverse, limit } : { reverse, limit, signal }
}

/** Rows of a store that were asked for and not begun. */
export class ScanRows<T> implements Rows<T> {
  constructor(
    private readonly source: RowSource,
    private readonly stretch: Stretch,
    private readonly options: ScanOptions,
    private readonly reader: RowReader<T>,
  ) {}

  [Symbol.iterator](): RowIterator<T> {
    return new RowIterator(this.source, this.stretch, this.options, this.options.limit ?? Infinity, this.reader)
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    const rows = this[Symbol.iterator]()
    return {
      next: () => settle(() => rows.next()),
      return: () => settle(() => rows.return()),
    }
  }

  toArray(): T[] {
    return Array.from(this)
  }

  first(): T | undefined {
    const limit = Math.min(1, this.options.limit ?? 1)
    const rows = new RowIterator(this.source, this.stretch, this.options, limit, this.reader)
    const { value } = rows.next()
    rows.return()
    return value
  }
}

/** What the rows of a stretch are called where it says when they expire. */
export function namesOf(source: RowSource, stretch: Stretch): Rows<Uint8Array> {
  const read = (memory: Io, keyAt: number, valueAt: number) => stretch.nameOf(memory, keyAt, valueAt)
  return new ScanRows(source, stretch, NO_OPTIONS, { read, readLarge: read })
}

/** Counts rows one by one: those of a store where some have expired. */
export function countRows(rows: Iterable<unknown>): number {
  let count = 0
  for (const _ of rows) count++
  return count
}

function settle<T>(run: () => T): Promise<T> {
  try {
    return Promise.resolve(run())
  } catch (error) {
    return Promise.reject(error)
  }
}

/** One pass over rows as they are when it is made. It has a buffer of its own, which native code fills with many rows a call. */
export class RowIterator<T> implements IterableIterator<T, undefined> {
  #memory: SharedBuffer | undefined
  #scan: Handle = NO_HANDLE
  /** What the value of the first row is read from, if that takes a view. */
  #view: Handle = NO_HANDLE
  #begun = false
  /** Rows of the buffer, the next one, and where it begins. */
  #count = 0
  #row = 0
  #at = DATA_AT
  /** Rows still wanted beyond those in the buffer; and, of a store whose rows expire, beyond those that were given. */
  #wanted: number
  #left = Infinity
  #expiring: Expiring | undefined
  readonly #source: RowSource
  readonly #stretch: Stretch
  readonly #reverse: boolean
  readonly #signal: AbortSignal | undefined
  #reader: RowReader<T>
  /** What went wrong before the first row was asked for. */
  #failure: { readonly error: unknown } | undefined
  #onAbort: (() => void) | undefined

  constructor(source: RowSource, stretch: Stretch, options: ScanOptions, limit: number, reader: RowReader<T>) {
    this.#source = source
    this.#stretch = stretch
    this.#wanted = Math.min(limit, NO_LIMIT)
    this.#reverse = options.reverse ?? false
    this.#signal = options.signal
    this.#reader = reader
    if (this.#signal?.aborted || source.closed) return
    try {
      if (reader.now) this.#reader = reader.now()
      this.#begin()
    } catch (error) {
      // The first `next` throws it: an async iteration rejects then.
      this.#release()
      this.#failure = { error }
      return
    }
    if (this.#signal) this.#endWith(this.#signal)
  }

  /** Lets everything go when the signal is aborted; it may last longer than this, which it does not hold. */
  #endWith(signal: AbortSignal): void {
    const rows = new WeakRef(this)
    this.#onAbort = () => {
      const left = rows.deref()
      if (left) left.#release()
    }
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Gets the first rows: what is written from now on does not show. */
  #begin(): void {
    const { views, handle, name } = this.#source
    if (!this.#fill() || this.#scan !== NO_HANDLE || this.#memory!.words[HEAD_WORDS + 1] !== LARGE) return
    // A row alone whose value is not in the buffer, and no open scan has a view of it.
    this.#view = views.openSnapshot(handle, name)
    views.watchSnapshot(this, this.#view)
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<T, undefined> {
    if (this.#signal?.aborted || this.#source.closed) this.#fail()
    for (;;) {
      if (this.#row === this.#count && !this.#fill()) return { done: true, value: undefined }
      try {
        if (this.#left !== Infinity && this.#isGone()) continue
        return { done: false, value: this.#read() }
      } catch (error) {
        // No loop calls `return` after this.
        this.#release()
        throw error
      }
    }
  }

  /** Whether the next row has expired, or is not wanted any more; then it is passed. */
  #isGone(): boolean {
    if (this.#left === 0) {
      this.#release()
      return true
    }
    const expiring = this.#expiring!
    if (expiring.isDue) {
      const memory = this.#memory!
      const place = HEAD_WORDS + 2 * this.#row
      const [valueAt, end] = [memory.words[place]!, memory.words[place + 1]!]
      if (expiring.isGone(this.#stretch.nameOf(memory, this.#at, valueAt))) {
        this.#row++
        this.#at = end === LARGE ? valueAt : end
        return true
      }
    }
    this.#left--
    return false
  }

  #read(): T {
    const memory = this.#memory!
    const place = HEAD_WORDS + 2 * this.#row++
    const keyAt = this.#at
    const valueAt = memory.words[place]!
    const end = memory.words[place + 1]!
    if (end === LARGE) {
      this.#at = valueAt
      return this.#readLarge(memory, keyAt, valueAt)
    }
    this.#at = end
    return this.#reader.read(memory, keyAt, valueAt, end)
  }

  /** Ends the iteration and lets its view go. */
  return(): IteratorResult<T, undefined> {
    this.#release()
    return { done: true, value: undefined }
  }

  #readLarge(memory: SharedBuffer, keyAt: number, valueAt: number): T {
    const read = () => {
      const from = this.#view === NO_HANDLE ? this.#source.handle : this.#view
      memory.bytes.copy(io.bytes, 0, keyAt, valueAt)
      return found(this.#stretch.valueOf(this.#source.hot, from, this.#scan, valueAt - keyAt), this.#source)
    }
    return this.#reader.readLarge(memory, keyAt, valueAt, read)
  }

  /** Of a store whose rows expire: has a view of when they do, which is of the same moment as that of the rows. */
  #expire(): void {
    this.#left = this.#wanted
    this.#wanted = NO_LIMIT
    this.#expiring = this.#source.expiring.view(this.#source.views)
    this.#source.views.watchSnapshot(this, this.#expiring.handle!)
  }

  /** Gets the next rows; false, with everything let go, where there are none. */
  #fill(): boolean {
    if (this.#wanted === 0 || (this.#begun && this.#scan === NO_HANDLE)) {
      this.#release()
      this.#throwFailure()
      return false
    }
    this.#memory ??= lease()
    const { number, words } = this.#memory
    if (!this.#begun && this.#source.expiring.isUsed) this.#expire()
    const count = this.#begun
      ? this.#source.hot.scanNext(this.#scan, number, ROWS, this.#wanted)
      : this.#stretch.begin(this.#source.hot, this.#source.handle, number, this.#reverse, FIRST_ROWS, this.#wanted)
    if (count < 0) {
      this.#release()
      throw failure(count, { store: this.#source.name })
    }
    const scan = words[0] === NO_SCAN && words[1] === NO_SCAN ? NO_HANDLE : words[1]! * 2 ** 32 + words[0]!
    if (!this.#begun && scan !== NO_HANDLE) this.#source.views.openScan(this, scan)
    if (this.#begun && scan === NO_HANDLE) this.#source.views.closeScan(this.#scan, this)
    this.#scan = scan
    this.#begun = true
    this.#count = count
    this.#row = 0
    this.#at = DATA_AT
    this.#wanted -= count
    if (count === 0) this.#release()
    return count > 0
  }

  #throwFailure(): void {
    const failure = this.#failure
    if (!failure) return
    this.#failure = undefined
    throw failure.error
  }

  #release(): void {
    if (this.#onAbort) this.#signal!.removeEventListener('abort', this.#onAbort)
    if (this.#scan !== NO_HANDLE) this.#source.views.closeScan(this.#scan, this)
    if (this.#memory) giveBack(this.#memory)
    if (this.#expiring) this.#source.views.closeSnapshot(this, this.#expiring.handle!)
    if (this.#view !== NO_HANDLE) this.#source.views.closeSnapshot(this, this.#view)
    this.#expiring = undefined
    this.#scan = this.#view = NO_HANDLE
    this.#memory = undefined
    this.#begun = true
    this.#count = this.#row = this.#wanted = 0
  }

  #fail(): never {
    this.#release()
    this.#signal?.throwIfAborted()
    throw failure(CLOSED, { store: this.#source.name })
  }
}
