import { type Codec, type Io, packingOf } from '../codec/codec.js'
import { copyInto, lengthOf } from '../codec/memory.js'
import { describe, invalidArgument } from '../error.js'
import type { Handle, NativeKey, Operations, Outcome } from '../native/binding.js'
import { io, TIMES_AT, UPPER_AT } from '../native/io.js'
import { MAYBE_ILL_FORMED } from '../native/status.js'
import { encodeOwn, limited, type Stretch } from './bounds.js'
import { placeWellFormed } from './key.js'

// As crates/millpond-node/src/hot_windowed.rs reads them.
const FROM_KEY = 1
const TO_KEY = 2
const REVERSE = 16

/** What stands before the key of a row: start, end and number. See crates/millpond-node/src/windowed.rs. */
export const ROW_HEADER = 20
/** Of it, what says which row it is of those that expire: values of one key and window do together. */
export const TIMES = 16

/** Which times rows have: starts from one to another, both inclusive, and ends from one on. */
export interface Times {
  readonly from: number
  readonly to: number
  readonly endsFrom: number
}

function placeTimes({ from, to, endsFrom }: Times): void {
  io.view.setFloat64(TIMES_AT, from, true)
  io.view.setFloat64(TIMES_AT + 8, to, true)
  io.view.setFloat64(TIMES_AT + 16, endsFrom, true)
}

/** The rows of one key. */
export class KeyStretch implements Stretch {
  #key: string | Uint8Array
  /** Encodes the key anew. */
  readonly #again: (() => Uint8Array) | undefined

  /** @param isCoded whether the bytes of a key may become others until a scan begins, as its strings get codes */
  constructor(
    codec: Codec<any>,
    key: unknown,
    private readonly times: Times,
    private readonly store: string,
    isCoded: boolean,
  ) {
    const own = isCoded ? prepared(codec, key) : key
    this.#key = ownKey(codec, own, 'key', store)
    if (isCoded) this.#again = () => ownBytes(codec, own, 'key', store)
  }

  begin(hot: Operations, store: Handle, buffer: number, reverse: boolean, rows: number, limit: number): Outcome {
    if (this.#again) this.#key = this.#again()
    placeTimes(this.times)
    const flags = reverse ? REVERSE : 0
    const outcome = hot.windowFetch(store, buffer, this.#place(), flags, rows, limit)
    if (outcome !== MAYBE_ILL_FORMED) return outcome
    return hot.windowFetch(store, buffer, placeWellFormed(this.#key as string, this.store), flags, rows, limit)
  }

  #place(): NativeKey {
    const key = this.#key
    if (typeof key === 'string') return key
    copyInto(io.bytes, 0, key, key.length)
    return key.length
  }

  valueOf(hot: Operations, store: Handle, scan: Handle, length: number): Buffer | Outcome {
    // The row tells the times alone: whoever asked knows the key, which goes behind them.
    const key = this.#key
    if (typeof key === 'string') return hot.windowValueOf(store, scan, placeWellFormed(key, this.store, io, length))
    copyInto(io.bytes, length, key, key.length)
    return hot.windowValueOf(store, scan, length + key.length)
  }

  nameOf(memory: Io, keyAt: number): Uint8Array {
    const key = this.#key
    const times = memory.bytes.subarray(keyAt, keyAt + TIMES)
    return Buffer.concat([times, typeof key === 'string' ? Buffer.from(key) : key])
  }
}

/** The rows of all keys from one to another, both inclusive; undefined is open. */
export class KeysStretch implements Stretch {
  readonly #from: Uint8Array | undefined
  readonly #to: Uint8Array | undefined

  constructor(
    codec: Codec<any>,
    from: unknown,
    to: unknown,
    private readonly times: Times,
    store: string,
  ) {
    this.#from = from === undefined ? undefined : ownBytes(codec, from, 'keyFrom', store)
    this.#to = to === undefined ? undefined : ownBytes(codec, to, 'keyTo', store)
  }

  begin(hot: Operations, store: Handle, buffer: number, reverse: boolean, rows: number, limit: number): Outcome {
    placeTimes(this.times)
    const from = place(this.#from, 0)
    const to = place(this.#to, UPPER_AT)
    const flags = (this.#from ? FROM_KEY : 0) + (this.#to ? TO_KEY : 0) + (reverse ? REVERSE : 0)
    return hot.windowFetchAll(store, buffer, flags, from, to, rows, limit)
  }

  valueOf(hot: Operations, store: Handle, scan: Handle, length: number): Buffer | Outcome {
    return hot.windowValueOf(store, scan, length)
  }

  nameOf(memory: Io, keyAt: number, valueAt: number): Uint8Array {
    const { bytes } = memory
    return Buffer.concat([bytes.subarray(keyAt, keyAt + TIMES), bytes.subarray(keyAt + ROW_HEADER, valueAt)])
  }
}

function place(bytes: Uint8Array | undefined, at: number): number {
  if (!bytes) return 0
  const length = lengthOf(bytes) ?? 0
  copyInto(io.bytes, at, bytes, length)
  return length
}

/** A key that can be encoded again and again: user code that may be in it has run. */
function prepared(codec: Codec<any>, key: unknown): unknown {
  const prepare = packingOf(codec)?.prepare
  return prepare && key !== undefined && key !== null ? prepare(key) : key
}

/** A key as it is kept until a scan begins: a string itself, or a copy of its bytes. */
function ownKey(codec: Codec<any>, key: unknown, name: string, store: string): string | Uint8Array {
  if (codec.id !== 'string' || !packingOf(codec)) return ownBytes(codec, key, name, store)
  if (typeof key !== 'string') throw invalidArgument(`${name}: expected a string, got ${describe(key)}`)
  return key
}

function ownBytes(codec: Codec<any>, key: unknown, name: string, store: string): Uint8Array {
  if (key === undefined || key === null) throw invalidArgument(`${name}: expected a key, got ${describe(key)}`)
  return limited(encodeOwn(codec, key), store)
}
