import { type Codec, type Packing, packingOf } from '../codec/codec.js'
import { describe, invalidArgument } from '../error.js'
import { binding, type Handle, hot, NO_HANDLE } from '../native/binding.js'
import { assertAttached, io, VALUE_AT } from '../native/io.js'
import { CLOSED, MAYBE_ILL_FORMED, MISSING, OVERFLOW, tooLarge, VALUE_LIMIT } from '../native/status.js'
import type { Bounds } from './bounds.js'
import { compileChanges, NOT_SIMPLE, type PackChanges } from './field-changes.js'
import {
  applyFieldOps,
  type FieldChange,
  isSubtraction,
  numberPacking,
  packFieldOps,
  readFieldOps,
  SUBTRACT,
} from './numbers.js'
import { KeyValueReader, requireIterable } from './read.js'
import { requireSameCodecs } from './same-codecs.js'
import { asStoreSnapshot, KeyValueSnapshot } from './snapshot.js'
import { defineTwins } from './twins.js'
import type {
  BatchOperation,
  FieldOps,
  KeyValueOptions,
  KeyValueStore,
  ReadonlyKeyValueStore,
  Snapshot,
} from './types.js'
import { APART, NOTHING } from './value.js'
import type { Views } from './views.js'

/** What a store needs of its provider. */
export interface StoreOwner {
  readonly views: Views
  /** Runs fn; if it throws, what it wrote is taken back. */
  atomically(fn: () => void): void
  /** Throws inside a transaction, naming what is refused there. */
  refuseInTransaction(what: string): void
}

/** The methods that `defineTwins` adds. */
// biome-ignore lint/correctness/noUnusedVariables: merged declarations have the same parameters
export interface TypedKeyValueStore<K, V, P = never> {
  put(key: K, value: V): Promise<void>
  delete(key: K): Promise<void>
  putIfAbsent(key: K, value: V): Promise<V | undefined>
  update(key: K, fn: (current: V | undefined) => V | undefined): Promise<V | undefined>
  add(key: K, delta: V extends number | bigint ? V : never): Promise<V>
  updateFields(key: K, ops: FieldOps<V>): Promise<void>
  batch(operations: Iterable<BatchOperation<K, V>>): Promise<void>
  clear(): Promise<void>
  restore(source: Snapshot): Promise<void>
}

/** See `KeyValueStore`, which says what each method promises. */
export class TypedKeyValueStore<K, V, P = never> extends KeyValueReader<K, V, P> implements KeyValueStore<K, V, P> {
  readonly #owner: StoreOwner
  readonly #options: KeyValueOptions<Codec<K>, V>
  readonly #number: { packs: Packing<any>; kind: number } | undefined
  readonly #struct: Packing<V> | undefined
  readonly #packChanges: PackChanges | undefined

  constructor(name: string, handle: Handle, options: KeyValueOptions<Codec<K>, V>, owner: StoreOwner) {
    super(name, handle, options, owner.views)
    this.#owner = owner
    this.#options = options
    this.#number = numberPacking(options.valueCodec)
    this.#struct = packingOf(options.valueCodec)
    this.#packChanges = this.#struct?.fields && compileChanges(this.#struct.fields)
  }

  putSync(key: K, value: V): void {
    const prepared = this.keyEncoder.prepare(key)
    if (value === undefined) throw invalidArgument('value: undefined is no value; delete removes')
    this.#write(key, prepared, this.coder.write(value))
  }

  deleteSync(key: K): void {
    const prepared = this.keyEncoder.prepare(key)
    let outcome = hot.remove(this.handle, this.keyEncoder.place(prepared))
    if (outcome === MAYBE_ILL_FORMED) outcome = hot.remove(this.handle, this.placeWellFormed(prepared))
    if (outcome < 0) throw this.failure(outcome, key)
  }

  putIfAbsentSync(key: K, value: V): V | undefined {
    const prepared = this.keyEncoder.prepare(key)
    if (value === undefined) throw invalidArgument('value: undefined is no value')
    // The value first: with that, user code is done, and nothing can come between the look and the write.
    const end = this.coder.write(value)
    if (this.hasPrepared(prepared, key)) return this.getPrepared(prepared)
    this.#write(key, prepared, end)
    return undefined
  }

  updateSync(key: K, fn: (current: V | undefined) => V | undefined): V | undefined {
    if (typeof fn !== 'function') throw invalidArgument(`update: expected a function, got ${describe(fn)}`)
    const prepared = this.keyEncoder.prepare(key)
    const next = fn(this.getPrepared(prepared))
    if (isThenable(next)) throw invalidArgument('update: the function must be synchronous; it returned a promise')
    if (next === undefined) this.deleteSync(key)
    else this.#write(key, prepared, this.coder.write(next))
    return next
  }

  addSync(key: K, delta: V extends number | bigint ? V : never): V {
    const number = this.#number
    if (!number) throw invalidArgument('add: the values of this store are no numbers')
    const prepared = this.keyEncoder.prepare(key)
    const negative = isSubtraction(number.kind, delta)
    number.packs.pack(negative ? -delta : delta, io, VALUE_AT)
    const kind = negative ? number.kind + SUBTRACT : number.kind
    let outcome = hot.add(this.handle, this.keyEncoder.place(prepared), kind, VALUE_AT)
    if (outcome === MAYBE_ILL_FORMED) {
      outcome = hot.add(this.handle, this.placeWellFormed(prepared), kind, VALUE_AT)
    }
    if (outcome < 0) throw this.failure(outcome, key)
    return number.packs.unpack(io, VALUE_AT, VALUE_AT + outcome)
  }

  updateFieldsSync(key: K, ops: FieldOps<V>): void {
    const struct = this.#struct
    if (!struct?.fields) throw invalidArgument('updateFields: the values of this store are no structs')
    const prepared = this.keyEncoder.prepare(key)
    let changes: readonly FieldChange[] | undefined
    let end: number | undefined = this.#packChanges!(ops, io, VALUE_AT)
    if (end === NOT_SIMPLE) {
      changes = readFieldOps(ops, struct)
      end = packFieldOps(changes)
    }
    const outcome = end === undefined ? MISSING : this.#changeFields(prepared, end)
    if (outcome === MISSING) this.#rewriteFields(key, changes ?? readFieldOps(ops, struct))
    else if (outcome < 0) throw this.failure(outcome, key)
  }

  batchSync(operations: Iterable<BatchOperation<K, V>>): void {
    const checked = Array.from(requireIterable(operations), operation => this.#checkOperation(operation))
    this.#owner.atomically(() => {
      for (const { key, value, isPut } of checked) {
        if (isPut) this.putSync(key, value as V)
        else this.deleteSync(key)
      }
    })
  }

  clearSync(): void {
    const outcome = binding.clear(this.handle)
    if (outcome < 0) throw this.failure(outcome, undefined)
  }

  /** Removes a stretch of keys, and returns how many entries that was. */
  deleteBounds(bounds: Bounds): number {
    bounds.place()
    const outcome = hot.removeRange(this.handle, 0, bounds.kinds, bounds.from.length, bounds.to.length)
    if (outcome < 0) throw this.failure(outcome, undefined)
    return outcome
  }

  snapshot(): Snapshot & ReadonlyKeyValueStore<K, V, P> {
    this.#owner.refuseInTransaction('snapshot')
    const handle = this.views.openSnapshot(this.handle, this.name)
    return new KeyValueSnapshot<K, V, P>(this.name, handle, this.#options, this.views)
  }

  restoreSync(source: Snapshot): void {
    const snapshot = asStoreSnapshot(source)
    requireSameCodecs(this.name, this.#options, snapshot.options)
    const outcome = binding.restore(this.handle, snapshot.handle)
    if (outcome < 0) throw this.failure(outcome, undefined)
  }

  async init(): Promise<void> {
    this.#requireOpen()
  }

  async flush(): Promise<void> {
    this.#requireOpen()
  }

  async close(): Promise<void> {
    this.handle = NO_HANDLE
  }

  #requireOpen(): void {
    if (this.closed) throw this.failure(CLOSED, undefined)
  }

  #write(key: K, prepared: unknown, end: number): void {
    assertAttached(io)
    const outcome = end === APART ? this.#putApart(prepared) : this.#putShared(prepared, end)
    if (outcome < 0) throw this.failure(outcome, key)
  }

  #putShared(prepared: unknown, end: number): number {
    const outcome = hot.put(this.handle, this.keyEncoder.place(prepared), VALUE_AT, end)
    if (outcome !== MAYBE_ILL_FORMED) return outcome
    return hot.put(this.handle, this.placeWellFormed(prepared), VALUE_AT, end)
  }

  #putApart(prepared: unknown): number {
    const { bytes } = this.coder
    this.coder.bytes = NOTHING
    if (bytes.length > VALUE_LIMIT) throw tooLarge('value', VALUE_LIMIT, bytes.length, { store: this.name })
    const outcome = hot.putBytes(this.handle, this.keyEncoder.place(prepared), bytes)
    if (outcome !== MAYBE_ILL_FORMED) return outcome
    return hot.putBytes(this.handle, this.placeWellFormed(prepared), bytes)
  }

  #changeFields(prepared: unknown, end: number): number {
    const outcome = hot.updateFields(this.handle, this.keyEncoder.place(prepared), VALUE_AT, end)
    if (outcome !== MAYBE_ILL_FORMED) return outcome
    return hot.updateFields(this.handle, this.placeWellFormed(prepared), VALUE_AT, end)
  }

  /** Changes fields by writing the whole value anew: for a missing one, and for fields of varying width. */
  #rewriteFields(key: K, changes: readonly FieldChange[]): void {
    const current = this.getSync(key)
    const changed = applyFieldOps(current ?? this.#struct!.blank, current === undefined, changes)
    if (changed === undefined) throw this.failure(OVERFLOW, key)
    this.putSync(key, changed)
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

export function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

defineTwins(TypedKeyValueStore, [
  'put',
  'delete',
  'putIfAbsent',
  'update',
  'add',
  'updateFields',
  'batch',
  'clear',
  'restore',
])
