import type { Codec } from '../codec/codec.js'
import { describe, invalidArgument } from '../error.js'
import type { Handle } from '../native/binding.js'
import { assertAttached, io, VALUE_AT } from '../native/io.js'
import { MAYBE_ILL_FORMED, MISSING, OVERFLOW, tooLarge, VALUE_LIMIT } from '../native/status.js'
import { checkOptions, optional } from '../options.js'
import type { Bounds } from './bounds.js'
import { checkFunction, refusePromise } from './callback.js'
import type { Definition } from './definition.js'
import { checkTtl } from './expiring.js'
import { ANEW, InPlace } from './in-place.js'
import type { FieldChange } from './numbers.js'
import type { Commits, StoreOwner } from './owner.js'
import { KeyValueReader, requireIterable } from './read.js'
import { KeyValueSnapshot } from './snapshot.js'
import { storeOf } from './store.js'
import { defineWritingTwins } from './twins.js'
import type {
  BatchOperation,
  FieldOps,
  KeyValueOptions,
  KeyValueStore,
  ReadonlyKeyValueStore,
  Snapshot,
  WriteOptions,
} from './types.js'
import { APART, NOTHING } from './value.js'

const ttlOrNothing = optional(checkTtl)

/** The methods that `defineWritingTwins` adds. */
// biome-ignore lint/correctness/noUnusedVariables: merged declarations have the same parameters
export interface TypedKeyValueStore<K, V, P = never> {
  put(key: K, value: V, options?: WriteOptions): Promise<void>
  delete(key: K): Promise<void>
  putIfAbsent(key: K, value: V, options?: WriteOptions): Promise<V | undefined>
  update(key: K, fn: (current: V | undefined) => V | undefined, options?: WriteOptions): Promise<V | undefined>
  add(key: K, delta: V extends number | bigint ? V : never): Promise<V>
  updateFields(key: K, ops: FieldOps<V>): Promise<void>
  batch(operations: Iterable<BatchOperation<K, V>>): Promise<void>
}

/** See `KeyValueStore`, which says what each method promises. */
export class TypedKeyValueStore<K, V, P = never>
  extends storeOf(KeyValueReader)<K, V, P>
  implements KeyValueStore<K, V, P>
{
  override readonly commits: Commits
  readonly #inPlace: InPlace<V>

  constructor(
    name: string,
    handle: Handle,
    options: KeyValueOptions<Codec<K>, V>,
    definition: Definition,
    override readonly owner: StoreOwner,
  ) {
    const expiring = owner.expiringOf(name, handle, options.ttl)
    super(name, handle, options, definition, owner.views, expiring, owner.dictionaryOf(name, handle))
    this.commits = owner.commits
    this.#inPlace = new InPlace(this.views.border.binding, handle, this.valueCodec, this.hasCodedValues)
  }

  putSync(key: K, value: V, options?: WriteOptions): void {
    const prepared = this.newKeys.prepare(key)
    if (value === undefined) throw invalidArgument('value: undefined is no value; delete removes')
    const ttl = this.#ttlOf('put', options)
    this.#writeFor(ttl, key, prepared, this.coder.write(value))
  }

  /** How long a row lives that is written so. */
  #ttlOf(method: string, options: WriteOptions | undefined): number {
    if (options === undefined) return this.ttl
    checkOptions<WriteOptions>(method, options, { ttl: ttlOrNothing })
    return options.ttl ?? this.ttl
  }

  /** Writes a value that lives so long. */
  #writeFor(ttl: number, key: K, prepared: unknown, end: number): void {
    if (this.expiring.concerns(ttl))
      this.#expire(prepared, this.expiring.after(ttl), () => this.#write(key, prepared, end))
    else this.#write(key, prepared, end)
  }

  deleteSync(key: K): void {
    const prepared = this.keyEncoder.prepare(key)
    if (this.commits.congested) this.commits.admit(this.name)
    if (this.expiring.isUsed) this.#expire(prepared, undefined, () => this.#remove(key, prepared))
    else this.#remove(key, prepared)
  }

  /** Does a write to a row, which expires then: all of it or nothing. */
  #expire(prepared: unknown, time: number | undefined, write: () => void): void {
    const name = this.nameOf(prepared)
    this.owner.transactions.atomically(() => this.expiring.write(name, time, write))
  }

  #remove(key: K, prepared: unknown): void {
    let outcome = this.hot.remove(this.handle, this.keyEncoder.place(prepared))
    if (outcome === MAYBE_ILL_FORMED) outcome = this.hot.remove(this.handle, this.placeWellFormed(prepared))
    this.#wrote(outcome, key)
  }

  putIfAbsentSync(key: K, value: V, options?: WriteOptions): V | undefined {
    const prepared = this.newKeys.prepare(key)
    if (value === undefined) throw invalidArgument('value: undefined is no value')
    const ttl = this.#ttlOf('putIfAbsent', options)
    // The value first: with that, user code is done, and nothing can come between the look and the write.
    const end = this.coder.write(value)
    // One look at the clock: what expires between two would be neither there nor stored.
    const isGone = this.expiring.isDue && this.isGone(prepared)
    if (!isGone && this.hasStored(prepared, key)) return this.getStored(prepared)
    this.#writeFor(ttl, key, prepared, end)
    return undefined
  }

  updateSync(key: K, fn: (current: V | undefined) => V | undefined, options?: WriteOptions): V | undefined {
    const ttl = this.#ttlOf('update', options)
    checkFunction(fn, 'update')
    const prepared = this.newKeys.prepare(key)
    const next = fn(this.getPrepared(prepared))
    refusePromise(next, 'update')
    if (next === undefined) this.deleteSync(key)
    else this.#writeFor(ttl, key, prepared, this.coder.write(next))
    return next
  }

  addSync(key: K, delta: V extends number | bigint ? V : never): V {
    const prepared = this.newKeys.prepare(key)
    if (this.commits.congested) this.commits.admit(this.name)
    const kind = this.#inPlace.packDelta(delta)
    // What has expired is no number to add to, and what is changed lives on from now.
    if (kind === ANEW || this.expiring.concerns(this.ttl)) return this.#addAnew(key, delta)
    let outcome = this.hot.add(this.handle, this.newKeys.place(prepared), kind, VALUE_AT)
    if (outcome === MAYBE_ILL_FORMED) {
      outcome = this.hot.add(this.handle, this.placeWellFormed(prepared), kind, VALUE_AT)
    }
    this.#wrote(outcome, key)
    return this.#inPlace.readSum(outcome)
  }

  updateFieldsSync(key: K, ops: FieldOps<V>): void {
    const prepared = this.newKeys.prepare(key)
    const end = this.#inPlace.packFields(ops)
    if (this.commits.congested) this.commits.admit(this.name)
    const outcome = end === ANEW || this.expiring.concerns(this.ttl) ? MISSING : this.#changeFields(prepared, end)
    if (outcome === MISSING) this.#rewriteFields(key, this.#inPlace.readChanges(ops))
    else this.#wrote(outcome, key)
  }

  batchSync(operations: Iterable<BatchOperation<K, V>>): void {
    const checked = Array.from(requireIterable(operations), operation => this.#checkOperation(operation))
    this.owner.transactions.atomically(() => {
      for (const { key, value, isPut } of checked) {
        if (isPut) this.putSync(key, value as V)
        else this.deleteSync(key)
      }
    })
  }

  /** Removes a stretch of keys, and returns how many entries that was. */
  deleteBounds(bounds: Bounds): number {
    bounds.place()
    const count = this.hot.removeRange(this.handle, 0, bounds.kinds, bounds.from.length, bounds.to.length)
    this.#wrote(count, undefined)
    return count
  }

  snapshot(): Snapshot & ReadonlyKeyValueStore<K, V, P> {
    return new KeyValueSnapshot<K, V, P>(...this.view())
  }

  #write(key: K, prepared: unknown, end: number): void {
    assertAttached(io)
    if (this.commits.congested) this.commits.admit(this.name)
    this.#wrote(end === APART ? this.#putApart(prepared) : this.#putShared(prepared, end), key)
  }

  /** What every native write ends in. */
  #wrote(outcome: number, key: K | undefined): void {
    if (outcome < 0) throw this.failure(outcome, key)
    this.commits.wrote()
  }

  #putShared(prepared: unknown, end: number): number {
    const outcome = this.hot.put(this.handle, this.newKeys.place(prepared), VALUE_AT, end)
    if (outcome !== MAYBE_ILL_FORMED) return outcome
    return this.hot.put(this.handle, this.placeWellFormed(prepared), VALUE_AT, end)
  }

  #putApart(prepared: unknown): number {
    const { bytes } = this.coder
    this.coder.bytes = NOTHING
    if (bytes.length > VALUE_LIMIT) throw tooLarge('value', VALUE_LIMIT, bytes.length, { store: this.name })
    const outcome = this.hot.putBytes(this.handle, this.newKeys.place(prepared), bytes)
    if (outcome !== MAYBE_ILL_FORMED) return outcome
    return this.hot.putBytes(this.handle, this.placeWellFormed(prepared), bytes)
  }

  #changeFields(prepared: unknown, end: number): number {
    const outcome = this.hot.updateFields(this.handle, this.newKeys.place(prepared), VALUE_AT, end)
    if (outcome !== MAYBE_ILL_FORMED) return outcome
    return this.hot.updateFields(this.handle, this.placeWellFormed(prepared), VALUE_AT, end)
  }

  /** Changes fields by writing the whole value anew: for a missing one, and for fields of varying width. */
  #rewriteFields(key: K, changes: readonly FieldChange[]): void {
    const current = this.getSync(key)
    const changed = this.#inPlace.changed(current, changes)
    if (changed === undefined) throw this.failure(OVERFLOW, key)
    this.#rewrite(key, changed, current !== undefined)
  }

  /** Adds to a number by writing the whole value anew. */
  #addAnew(key: K, delta: any): V {
    const current = this.getSync(key)
    const sum = this.#inPlace.sum(current, delta)
    if (sum === undefined) throw this.failure(OVERFLOW, key)
    this.#rewrite(key, sum, current !== undefined)
    return sum
  }

  /** Writes a changed value. Without a time to live of the store's a row that was there keeps the one that it has. */
  #rewrite(key: K, value: V, existed: boolean): void {
    const prepared = this.newKeys.prepare(key)
    const end = this.coder.write(value)
    if (this.ttl === Infinity && existed) this.#write(key, prepared, end)
    else this.#writeFor(this.ttl, key, prepared, end)
  }

  #checkOperation(operation: BatchOperation<K, V>): { key: K; value: V | undefined; isPut: boolean } {
    if (typeof operation !== 'object' || operation === null) {
      throw invalidArgument(`batch: expected operations, got ${describe(operation)}`)
    }
    const { type, key } = operation
    if (type !== 'put' && type !== 'delete') {
      throw invalidArgument(`batch: type: expected 'put' or 'delete', got ${describe(type)}`)
    }
    return { key, value: type === 'put' ? operation.value : undefined, isPut: type === 'put' }
  }
}

defineWritingTwins(TypedKeyValueStore, ['put', 'delete', 'putIfAbsent', 'update', 'add', 'updateFields', 'batch'])
