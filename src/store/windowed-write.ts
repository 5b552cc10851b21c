import { invalidArgument, MillpondError } from '../error.js'
import type { NativeKey } from '../native/binding.js'
import { assertAttached, io, VALUE_AT } from '../native/io.js'
import { MAYBE_ILL_FORMED, tooLarge, VALUE_LIMIT } from '../native/status.js'
import { placeWellFormed } from './key.js'
import type { Commits, StoreOwner } from './owner.js'
import { APART, NOTHING, type ValueCoder } from './value.js'
import type { WindowedReader } from './windowed-read.js'
import { TIMES } from './windowed-stretch.js'

/** What windows and sessions have in common when they are written. */
export class WindowedWriter<K, V> {
  readonly commits: Commits
  /** Rows that came too late. */
  dropped = 0

  constructor(
    private readonly reader: WindowedReader<K, V, any>,
    private readonly coder: ValueCoder<V>,
    private readonly owner: StoreOwner,
    private readonly retention: number | undefined,
    { enforceRetention = false }: { enforceRetention?: boolean },
  ) {
    this.commits = owner.commits
    this.#enforces = enforceRetention
  }

  /** Whether rows are dropped that came too late to be kept. */
  readonly #enforces: boolean

  /** Whether a row that ends so is late by more than the retention, and is to be dropped. Counts those. */
  drops(end: number): boolean {
    if (!this.#enforces || end >= this.reader.streamTime - this.retention!) return false
    this.dropped++
    return true
  }

  /** Whether rows expire, or some do. */
  get expires(): boolean {
    return this.reader.expiring.concerns(this.reader.ttl)
  }

  /** Runs fn; if it throws, what it wrote is taken back. */
  atomically(fn: () => void): void {
    this.owner.transactions.atomically(fn)
  }

  /** Does a write to a row, which lives as long as the store says from now on. */
  living(prepared: unknown, start: number, end: number, write: () => void): void {
    if (this.expires) this.#expire(prepared, start, end, this.reader.expiring.after(this.reader.ttl), write)
    else write()
  }

  /** Removes a row, and when it would have expired. */
  dying(prepared: unknown, start: number, end: number, remove: () => void): void {
    if (this.reader.expiring.isUsed) this.#expire(prepared, start, end, undefined, remove)
    else remove()
  }

  /** Does a write to a row, which expires then: all of it or nothing. What has expired of its name goes before. */
  #expire(prepared: unknown, start: number, end: number, time: number | undefined, write: () => void): void {
    const { expiring, handle, hot } = this.reader
    const name = this.reader.nameOf(prepared, start, end)
    this.atomically(() => {
      if (expiring.isDue && expiring.isGone(name)) {
        name.copy(io.bytes, 0, TIMES)
        this.wrote(hot.windowRemove(handle, name.length - TIMES, start, end), undefined)
      }
      expiring.write(name, time, write)
    })
  }

  /** Encodes a value: with that, user code is done. */
  encode(value: V): number {
    if (value === undefined) throw invalidArgument('value: undefined is no value')
    const end = this.coder.write(value)
    assertAttached(io)
    return end
  }

  /** Writes the value that `encode` gave the end of. */
  put(key: K, place: Place, start: number, end: number, valueEnd: number): void {
    const { handle, hot } = this.reader
    if (valueEnd === APART) {
      this.putApart(key, place, start, end)
      return
    }
    this.admit()
    this.call(key, place, placed => hot.windowPut(handle, placed, start, end, VALUE_AT, valueEnd))
  }

  /** Writes a value that did not go into the shared buffer. */
  putApart(key: K, place: Place, start: number, end: number): void {
    const { handle, hot } = this.reader
    const bytes = this.#takeApart()
    this.call(key, place, placed => hot.windowPutBytes(handle, placed, start, end, bytes))
  }

  /** Puts the value that `encode` gave the end of in the place of the sessions near. */
  merge(key: K, place: Place, time: number, gap: number, valueEnd: number): void {
    const { handle, hot } = this.reader
    if (valueEnd === APART) {
      const bytes = this.#takeApart()
      this.call(key, place, placed => hot.sessionMergeBytes(handle, placed, time, gap, bytes))
      return
    }
    this.admit()
    this.call(key, place, placed => hot.sessionMerge(handle, placed, time, gap, VALUE_AT, valueEnd))
  }

  #takeApart(): Uint8Array {
    this.admit()
    const { bytes } = this.coder
    this.coder.bytes = NOTHING
    if (bytes.length > VALUE_LIMIT) throw tooLarge('value', VALUE_LIMIT, bytes.length, { store: this.reader.name })
    return bytes
  }

  admit(): void {
    if (this.commits.congested) this.commits.admit(this.reader.name)
  }

  /** Makes a native call that writes and takes a key; twice for a string of which native code was not sure. */
  call(key: K | undefined, place: Place, write: (placed: NativeKey) => number): number {
    const placed = place()
    let outcome = write(placed)
    if (outcome === MAYBE_ILL_FORMED) outcome = write(placeWellFormed(placed as string, this.reader.name))
    return this.wrote(outcome, key)
  }

  /** What every native write ends in; returns its outcome. */
  wrote(outcome: number, key: K | undefined): number {
    if (outcome < 0) throw this.reader.failure(outcome, key)
    this.commits.wrote()
    return outcome
  }

  /** Before which time rows have to end to be over. */
  expiry(now: number): number {
    if (this.retention !== undefined) return now - this.retention
    const store = this.reader.name
    const message = `store ${JSON.stringify(store)}: it has no retention, so that nothing expires`
    throw new MillpondError('ERR_MILLPOND_NO_RETENTION', message, { store })
  }
}

/** Puts a prepared key where native code takes it from. */
export type Place = () => NativeKey
