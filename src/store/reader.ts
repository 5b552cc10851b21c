import { bound } from '../codec/bound.js'
import { type Codec, packingOf } from '../codec/codec.js'
import { type Handle, NO_HANDLE, type Operations } from '../native/binding.js'
import { CLOSED, failure, KEY_LIMIT, KEY_TOO_LARGE, tooLarge } from '../native/status.js'
import type { Stretch } from './bounds.js'
import type { Definition } from './definition.js'
import { type Coding, PinnedCoding } from './dictionary.js'
import type { Expiring } from './expiring.js'
import { type KeyEncoder, keyEncoder, placeWellFormed } from './key.js'
import { checkScanOptions, type RowReader, type RowSource, ScanRows } from './rows.js'
import { defineTwins } from './twins.js'
import type { Rows, ScanOptions } from './types.js'
import { plainValues, type ValueCoder } from './value.js'
import { valueCoder } from './versions.js'
import type { Views } from './views.js'

/** What every store is opened with. */
export interface Codecs<K, V> {
  readonly keyCodec: Codec<K>
  readonly valueCodec: Codec<V>
  readonly ttl?: number
}

/** What the keys and values of rows are read by. */
export interface RowCoders<K, V> {
  readonly keys: ValueCoder<K>
  readonly values: ValueCoder<V>
  /** Whether keys are decoded by no code of the user's. */
  readonly isOwn: boolean
}

const isOwn = (keyCodec: Codec<any>): boolean => packingOf(keyCodec) !== undefined

/** What a reader is made of. */
export type ReaderParts<K, V> = ConstructorParameters<typeof Reader<K, V>>

/** The method that `defineTwins` adds. */
// biome-ignore lint/correctness/noUnusedVariables: merged declarations have the same parameters
export interface Reader<K, V> {
  approximateNumEntries(): Promise<number>
}

/** What is read from, whatever its rows are: a store or a snapshot, by its handle. */
export abstract class Reader<K, V> implements RowSource {
  /** NO_HANDLE once it is closed. */
  handle: Handle
  /** The operations of its engine: here, and not two fields away, since every one of them is called by it. */
  readonly hot: Operations
  /** The codec of keys as they are looked for: a string that has no code in this store gets none. */
  readonly keyCodec: Codec<K>
  readonly valueCodec: Codec<V>
  protected readonly keyEncoder: KeyEncoder<K>
  /** The same for keys that are written. */
  protected readonly newKeys: KeyEncoder<K>
  protected readonly coder: ValueCoder<V>
  /** How long rows live if nobody says otherwise. */
  readonly ttl: number

  constructor(
    readonly name: string,
    handle: Handle,
    readonly codecs: Codecs<K, V>,
    readonly definition: Definition,
    readonly views: Views,
    readonly expiring: Expiring,
    readonly coding: Coding,
  ) {
    this.handle = handle
    this.hot = views.border.hot
    this.keyCodec = bound(codecs.keyCodec, coding.looking)
    this.valueCodec = bound(codecs.valueCodec, coding.writing)
    this.keyEncoder = keyEncoder(this.keyCodec, name)
    const written = bound(codecs.keyCodec, coding.writing)
    this.newKeys = written === this.keyCodec ? this.keyEncoder : keyEncoder(written, name)
    this.coder = valueCoder(this.valueCodec, coding.looking, name)
    this.ttl = codecs.ttl ?? Infinity
  }

  get closed(): boolean {
    return this.handle === NO_HANDLE || this.views.closed
  }

  approximateNumEntriesSync(): number {
    return this.counted(this.hot.about(this.handle))
  }

  /** What native code counted. */
  protected counted(outcome: number): number {
    if (outcome < 0) throw this.failure(outcome, undefined)
    return outcome
  }

  protected scan<T>(stretch: Stretch, options: ScanOptions | undefined, reader: RowReader<T>): Rows<T> {
    if (this.closed) throw this.failure(CLOSED, undefined)
    return new ScanRows(this, stretch, checkScanOptions(options), reader)
  }

  /** Whether codes stand for strings in keys, and in values. */
  protected get hasCodedKeys(): boolean {
    return this.keyCodec !== this.codecs.keyCodec
  }

  protected get hasCodedValues(): boolean {
    return this.valueCodec !== this.codecs.valueCodec
  }

  /**
   * How rows are read by codecs: by those of the store; in an iteration by those that have the codes of the moment when it
   * begins, since a restore may give other strings to them.
   */
  protected rowReader<T>(make: (coders: RowCoders<K, V>) => RowReader<T>): RowReader<T> {
    const reader = make({ keys: plainValues(this.keyCodec), values: this.coder, isOwn: isOwn(this.keyCodec) })
    const isCoded = this.hasCodedKeys || this.hasCodedValues
    if (!isCoded || this.coding instanceof PinnedCoding) return reader
    const pinned = new WeakMap<PinnedCoding, RowReader<T>>()
    const now = () => {
      const coding = this.coding.pinned()
      const known = pinned.get(coding)
      if (known) return known
      const keyCodec = bound(this.codecs.keyCodec, coding.looking)
      const values = valueCoder(bound(this.codecs.valueCodec, coding.looking), coding.looking, this.name)
      const made = make({ keys: plainValues(keyCodec), values, isOwn: isOwn(keyCodec) })
      pinned.set(coding, made)
      return made
    }
    return { ...reader, now }
  }

  /** Puts a string that native code was not sure of where it looks for it, or refuses it. */
  protected placeWellFormed(prepared: unknown): number {
    return placeWellFormed(prepared as string, this.name)
  }

  /** What all rows are called where it says when they expire. */
  abstract names(): Rows<Uint8Array>

  /** How many bytes a text takes as a key. */
  protected abstract lengthOf(key: string): number

  /** @internal */
  failure(status: number, key: K | undefined): Error {
    const details = { store: this.name, ...(key === undefined ? {} : { key }) }
    if (status !== KEY_TOO_LARGE) return failure(status, details)
    return tooLarge('key', KEY_LIMIT, typeof key === 'string' ? this.lengthOf(key) : undefined, details)
  }
}

defineTwins(Reader, ['approximateNumEntries'])
