import { invalidArgument } from '../error.js'
import type { Handle, NativeKey } from '../native/binding.js'
import { VALUE_AT } from '../native/io.js'
import { MAYBE_ILL_FORMED, MISSING, OVERFLOW } from '../native/status.js'
import { checkFunction, refusePromise } from './callback.js'
import type { Definition } from './definition.js'
import { ANEW, InPlace } from './in-place.js'
import type { FieldChange } from './numbers.js'
import type { Commits, StoreOwner } from './owner.js'
import { WindowSnapshot } from './snapshot.js'
import { storeOf } from './store.js'
import { checkTime } from './times.js'
import { defineWritingTwins } from './twins.js'
import type { FieldOps, Snapshot } from './types.js'
import { APART } from './value.js'
import { WindowReader } from './window-read.js'
import type { ReadonlyWindowStore, WindowOptions, WindowStore } from './windowed-types.js'
import { WindowedWriter } from './windowed-write.js'

/** The methods that `defineWritingTwins` adds. */
export interface TypedWindowStore<K, V> {
  put(key: K, value: V, windowStart: number, windowEnd?: number): Promise<void>
  delete(key: K, windowStart: number, windowEnd?: number): Promise<void>
  update(key: K, windowStart: number, fn: (current: V | undefined) => V | undefined): Promise<V | undefined>
  add(key: K, windowStart: number, delta: V extends number | bigint ? V : never): Promise<V>
  updateFields(key: K, windowStart: number, ops: FieldOps<V>): Promise<void>
  expire(now: number): Promise<number>
}

/** See `WindowStore`, which says what each method promises. */
export class TypedWindowStore<K, V> extends storeOf(WindowReader)<K, V> implements WindowStore<K, V> {
  override readonly commits: Commits
  readonly #writer: WindowedWriter<K, V>
  readonly #inPlace: InPlace<V>

  constructor(
    name: string,
    handle: Handle,
    options: WindowOptions<K, V>,
    definition: Definition,
    override readonly owner: StoreOwner,
  ) {
    const expiring = owner.expiringOf(name, handle, options.ttl)
    super(name, handle, options, definition, owner.views, expiring, owner.dictionaryOf(name, handle))
    this.commits = owner.commits
    this.#writer = new WindowedWriter(this, this.coder, owner, definition.retention, options)
    this.#inPlace = new InPlace(this.views.border.binding, handle, this.valueCodec, this.hasCodedValues)
  }

  get droppedRecords(): number {
    return this.#writer.dropped
  }

  putSync(key: K, value: V, windowStart: number, windowEnd?: number): void {
    const end = this.endOf(windowStart, windowEnd)
    const prepared = this.newKeys.prepare(key)
    const valueEnd = this.#writer.encode(value)
    if (!this.#writer.drops(end)) this.#writeFor(key, prepared, windowStart, end, valueEnd)
  }

  #writeFor(key: K, prepared: unknown, start: number, end: number, valueEnd: number): void {
    const write = () => this.#write(key, prepared, start, end, valueEnd)
    this.#writer.living(prepared, start, end, write)
  }

  #write(key: K, prepared: unknown, start: number, end: number, valueEnd: number): void {
    if (valueEnd === APART) {
      this.#writer.putApart(key, this.#placeNew(prepared), start, end)
      return
    }
    this.#writer.admit()
    let outcome = this.hot.windowPut(this.handle, this.newKeys.place(prepared), start, end, VALUE_AT, valueEnd)
    if (outcome === MAYBE_ILL_FORMED) {
      outcome = this.hot.windowPut(this.handle, this.placeWellFormed(prepared), start, end, VALUE_AT, valueEnd)
    }
    this.#writer.wrote(outcome, key)
  }

  readonly #place = (prepared: unknown) => () => this.keyEncoder.place(prepared)
  readonly #placeNew = (prepared: unknown) => () => this.newKeys.place(prepared)

  deleteSync(key: K, windowStart: number, windowEnd?: number): void {
    const end = this.endOf(windowStart, windowEnd)
    const prepared = this.keyEncoder.prepare(key)
    this.#writer.admit()
    const remove = (placed: NativeKey) => this.hot.windowRemove(this.handle, placed, windowStart, end)
    this.#writer.dying(prepared, windowStart, end, () => this.#writer.call(key, this.#place(prepared), remove))
  }

  updateSync(key: K, windowStart: number, fn: (current: V | undefined) => V | undefined): V | undefined {
    this.#refuseDuplicates('update')
    checkFunction(fn, 'update')
    const end = this.endOf(windowStart, undefined)
    const prepared = this.newKeys.prepare(key)
    const current = this.getSync(key, windowStart)
    if (this.#writer.drops(end)) return current
    const next = fn(current)
    refusePromise(next, 'update')
    if (next === undefined) this.deleteSync(key, windowStart)
    else this.#writeFor(key, prepared, windowStart, end, this.#writer.encode(next))
    return next
  }

  addSync(key: K, windowStart: number, delta: V extends number | bigint ? V : never): V {
    this.#refuseDuplicates('add')
    const end = this.endOf(windowStart, undefined)
    const prepared = this.newKeys.prepare(key)
    this.#writer.admit()
    const kind = this.#inPlace.packDelta(delta)
    if (kind === ANEW || this.#writer.expires) return this.#addAnew(key, windowStart, delta)
    if (this.#writer.drops(end)) return this.#sum(key, windowStart, delta)
    let outcome = this.hot.windowAdd(this.handle, this.newKeys.place(prepared), windowStart, end, kind, VALUE_AT)
    if (outcome === MAYBE_ILL_FORMED) {
      outcome = this.hot.windowAdd(this.handle, this.placeWellFormed(prepared), windowStart, end, kind, VALUE_AT)
    }
    this.#writer.wrote(outcome, key)
    return this.#inPlace.readSum(outcome)
  }

  updateFieldsSync(key: K, windowStart: number, ops: FieldOps<V>): void {
    this.#refuseDuplicates('updateFields')
    const end = this.endOf(windowStart, undefined)
    const prepared = this.newKeys.prepare(key)
    const packed = this.#inPlace.packFields(ops)
    if (this.#writer.drops(end)) return
    this.#writer.admit()
    let outcome = MISSING
    if (packed !== ANEW && !this.#writer.expires) {
      outcome = this.hot.windowUpdateFields(
        this.handle,
        this.newKeys.place(prepared),
        windowStart,
        end,
        VALUE_AT,
        packed,
      )
      if (outcome === MAYBE_ILL_FORMED) {
        const placed = this.placeWellFormed(prepared)
        outcome = this.hot.windowUpdateFields(this.handle, placed, windowStart, end, VALUE_AT, packed)
      }
    }
    if (outcome === MISSING) this.#rewriteFields(key, windowStart, this.#inPlace.readChanges(ops))
    else this.#writer.wrote(outcome, key)
  }

  expireSync(now: number): number {
    checkTime(now, 'now')
    const time = this.#writer.expiry(now)
    this.#writer.admit()
    return this.#writer.wrote(this.hot.windowExpire(this.handle, time), undefined)
  }

  snapshot(): Snapshot & ReadonlyWindowStore<K, V> {
    return new WindowSnapshot<K, V>(...this.view())
  }

  #refuseDuplicates(method: string): void {
    if (this.definition.retainDuplicates) {
      throw invalidArgument(`${method}: with retainDuplicates a key and a window have several values`)
    }
  }

  /** Changes fields by writing the whole value anew: for a missing one, and for fields of varying width. */
  #rewriteFields(key: K, windowStart: number, changes: readonly FieldChange[]): void {
    const changed = this.#inPlace.changed(this.getSync(key, windowStart), changes)
    if (changed === undefined) throw this.failure(OVERFLOW, key)
    this.putSync(key, changed, windowStart)
  }

  /** Adds to a number by writing the whole value anew. */
  #addAnew(key: K, windowStart: number, delta: any): V {
    const sum = this.#sum(key, windowStart, delta)
    this.putSync(key, sum, windowStart)
    return sum
  }

  #sum(key: K, windowStart: number, delta: any): V {
    const sum = this.#inPlace.sum(this.getSync(key, windowStart), delta)
    if (sum === undefined) throw this.failure(OVERFLOW, key)
    return sum
  }
}

defineWritingTwins(TypedWindowStore, ['put', 'delete', 'update', 'add', 'updateFields', 'expire'])
