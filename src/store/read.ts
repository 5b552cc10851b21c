import { copyOut } from '../codec/memory.js'
import { describe, invalidArgument } from '../error.js'
import {
  ABSENT,
  assertAttached,
  DATA_AT,
  giveBack,
  HEAD_WORDS,
  io,
  LARGE,
  LEASE_SIZE,
  lease,
  ROWS,
  type SharedBuffer,
} from '../native/io.js'
import { LARGE_VALUE, MAYBE_ILL_FORMED, MISSING } from '../native/status.js'
import { Bounds } from './bounds.js'
import { placeWellFormed } from './key.js'
import { Reader, type ReaderParts, type RowCoders } from './reader.js'
import { countRows, namesOf, ownValue, type RowReader } from './rows.js'
import { defineTwins } from './twins.js'
import type { KeyValueEntry, ReadonlyKeyValueStore, Rows, ScanOptions } from './types.js'

/** Below this number of keys, lookups one by one are as fast. */
const FEW_KEYS = 8
/** Every encoded key fits into a row of its own, whatever the codec. */
const KEY_ROOM = 2048

/** The methods that `defineTwins` adds. */
// biome-ignore lint/correctness/noUnusedVariables: merged declarations have the same parameters
export interface KeyValueReader<K, V, P = never> {
  get(key: K): Promise<V | undefined>
  has(key: K): Promise<boolean>
  getMany(keys: Iterable<K>): Promise<(V | undefined)[]>
  count(from?: K, to?: K): Promise<number>
}

/** Keys and values that are read from: see `ReadonlyKeyValueStore`. */
export class KeyValueReader<K, V, P = never> extends Reader<K, V> implements ReadonlyKeyValueStore<K, V, P> {
  readonly #entries: RowReader<KeyValueEntry<K, V>>
  readonly #keys: RowReader<K>
  readonly #values: RowReader<V>

  constructor(...parts: ReaderParts<K, V>) {
    super(...parts)
    this.#entries = this.rowReader(readEntries)
    this.#keys = this.rowReader(({ keys }) => ({ read: keys.read, readLarge: keys.read }))
    this.#values = this.rowReader(({ values }) => ({
      read: (memory, _, valueAt, end) => values.read(memory, valueAt, end),
      readLarge: (_memory, _keyAt, _valueAt, value) => values.readOwn(value()),
    }))
  }

  getSync(key: K): V | undefined {
    const prepared = this.keyEncoder.prepare(key)
    assertAttached(io)
    if (this.expiring.isDue && this.isGone(prepared)) return undefined
    const length = this.hot.get(this.handle, this.keyEncoder.place(prepared))
    return length >= 0 ? this.coder.read(io, 0, length) : this.getOddly(length, key, prepared)
  }

  hasSync(key: K): boolean {
    return this.hasPrepared(this.keyEncoder.prepare(key), key)
  }

  getManySync(keys: Iterable<K>): (V | undefined)[] {
    const prepared: unknown[] = []
    for (const key of requireIterable(keys)) prepared.push(this.keyEncoder.prepare(key))
    if (prepared.length < FEW_KEYS || this.expiring.isDue) return prepared.map(key => this.getPrepared(key))
    const [asked, answers] = [lease(), lease()]
    const found: (V | undefined)[] = []
    while (found.length < prepared.length) this.#getSome(prepared, found, asked, answers)
    giveBack(asked)
    giveBack(answers)
    return found
  }

  all(options?: ScanOptions): Rows<KeyValueEntry<K, V>> {
    return this.scan(Bounds.all, options, this.#entries)
  }

  keys(options?: ScanOptions): Rows<K> {
    return this.scan(Bounds.all, options, this.#keys)
  }

  values(options?: ScanOptions): Rows<V> {
    return this.scan(Bounds.all, options, this.#values)
  }

  range(from: K | P | undefined, to: K | P | undefined, options?: ScanOptions): Rows<KeyValueEntry<K, V>> {
    this.#requireOrder('range')
    return this.scan(Bounds.between(this.keyCodec, from, to, this.name), options, this.#entries)
  }

  prefix(prefix: P, options?: ScanOptions): Rows<KeyValueEntry<K, V>> {
    this.#requireOrder('prefix')
    return this.scan(Bounds.startingWith(this.keyCodec, prefix, this.name), options, this.#entries)
  }

  countSync(from?: K, to?: K): number {
    if (from !== undefined || to !== undefined) this.#requireOrder('count')
    const bounds = Bounds.between(this.keyCodec, from, to, this.name)
    if (this.expiring.isDue) return countRows(this.scan(bounds, undefined, this.#keys))
    bounds.place()
    return this.counted(this.hot.count(this.handle, 0, bounds.kinds, bounds.from.length, bounds.to.length))
  }

  /** The entries of a stretch of keys. */
  scanEntries(bounds: Bounds, options: ScanOptions | undefined): Rows<KeyValueEntry<K, V>> {
    return this.scan(bounds, options, this.#entries)
  }

  /** The outcome of a get that is not a value in the shared buffer. */
  protected getOddly(status: number, key: K, prepared: unknown): V | undefined {
    if (status === MISSING) return undefined
    if (status === MAYBE_ILL_FORMED) {
      const placed = this.placeWellFormed(prepared)
      const length = this.hot.get(this.handle, placed)
      if (length >= 0) return this.coder.read(io, 0, length)
      if (length === MISSING) return undefined
      return this.coder.readOwn(ownValue(this, this.placeWellFormed(prepared)))
    }
    if (status !== LARGE_VALUE) throw this.failure(status, key)
    return this.coder.readOwn(ownValue(this, this.keyEncoder.place(prepared)))
  }

  /** Whether a row has expired, of a store where some may have. */
  protected isGone(prepared: unknown): boolean {
    return this.expiring.isGone(this.nameOf(prepared))
  }

  /** What the row of a key is called where it says when it expires: the bytes of the key. */
  protected nameOf(prepared: unknown): Buffer {
    const placed = this.keyEncoder.place(prepared)
    return copyOut(io.bytes, 0, typeof placed === 'string' ? this.placeWellFormed(prepared) : placed)
  }

  protected hasPrepared(prepared: unknown, key: K): boolean {
    if (this.expiring.isDue && this.isGone(prepared)) return false
    return this.hasStored(prepared, key)
  }

  /** The same of a row of which it is known that it has not expired. */
  protected hasStored(prepared: unknown, key: K): boolean {
    let outcome = this.hot.has(this.handle, this.keyEncoder.place(prepared))
    if (outcome === MAYBE_ILL_FORMED) outcome = this.hot.has(this.handle, this.placeWellFormed(prepared))
    if (outcome < 0) throw this.failure(outcome, key)
    return outcome === 1
  }

  protected getPrepared(prepared: unknown): V | undefined {
    return this.expiring.isDue && this.isGone(prepared) ? undefined : this.getStored(prepared)
  }

  /** The same of a row of which it is known that it has not expired. */
  protected getStored(prepared: unknown): V | undefined {
    const length = this.hot.get(this.handle, this.keyEncoder.place(prepared))
    return length >= 0 ? this.coder.read(io, 0, length) : this.getOddly(length, prepared as K, prepared)
  }

  /** Looks up as many of the keys after those found as fit into the buffers. */
  #getSome(prepared: unknown[], found: (V | undefined)[], asked: SharedBuffer, answers: SharedBuffer): void {
    let end = DATA_AT
    let count = 0
    const rest = prepared.length - found.length
    while (count < rest && count < ROWS && end + KEY_ROOM <= LEASE_SIZE) {
      end = this.#placeKey(prepared[found.length + count], asked, end)
      asked.words[HEAD_WORDS + 2 * count++] = end
    }
    let from = 0
    while (from < count) {
      const done = this.hot.getMany(this.handle, asked.number, answers.number, from, count)
      if (done < 0) throw this.failure(done, undefined)
      // Values are decoded before the next call overwrites them; a codec of the user's may close the store meanwhile.
      let at = DATA_AT
      for (let row = 0; row < done; row++) {
        const valueEnd = answers.words[HEAD_WORDS + 2 * row + 1]!
        if (valueEnd === ABSENT) found.push(undefined)
        else if (valueEnd === LARGE) found.push(this.getPrepared(prepared[found.length]))
        else {
          found.push(this.coder.read(answers, at, valueEnd))
          at = valueEnd
        }
      }
      from += done
    }
  }

  #placeKey(prepared: unknown, target: SharedBuffer, at: number): number {
    const placed = this.keyEncoder.place(prepared)
    if (typeof placed === 'string') return placeWellFormed(placed, this.name, target, at)
    io.bytes.copy(target.bytes, at, 0, placed)
    return at + placed
  }

  #requireOrder(method: string): void {
    if ((this.keyCodec as { ordered?: boolean }).ordered === false) {
      const codec = this.keyCodec.id ?? 'the key codec'
      throw invalidArgument(`${method}: keys of ${codec} have no order`)
    }
  }

  names(): Rows<Uint8Array> {
    return namesOf(this, Bounds.all)
  }

  protected lengthOf(key: string): number {
    return Buffer.byteLength(key)
  }
}

function readEntries<K, V>({ keys, values, isOwn }: RowCoders<K, V>): RowReader<KeyValueEntry<K, V>> {
  const read: RowReader<KeyValueEntry<K, V>>['read'] = (memory, keyAt, valueAt, end) => ({
    key: keys.read(memory, keyAt, valueAt),
    value: values.read(memory, valueAt, end),
  })
  // A key codec of the user's may end the iteration, whose memory another one then fills.
  const readForeign: typeof read = (memory, keyAt, valueAt, end) => {
    const value = copyOut(memory.bytes, valueAt, end)
    return { key: keys.read(memory, keyAt, valueAt), value: values.readOwn(value) }
  }
  return {
    read: isOwn ? read : readForeign,
    readLarge(memory, keyAt, valueAt, value) {
      const own = value()
      return { key: keys.read(memory, keyAt, valueAt), value: values.readOwn(own) }
    },
  }
}

defineTwins(KeyValueReader, ['get', 'has', 'getMany', 'count'])

export function requireIterable<T>(value: Iterable<T>): Iterable<T> {
  if (typeof (value as Partial<Iterable<T>> | null)?.[Symbol.iterator] === 'function') return value
  throw invalidArgument(`expected an iterable, got ${describe(value)}`)
}
