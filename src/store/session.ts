import { ioOver, packingOf } from '../codec/codec.js'
import { invalidArgument } from '../error.js'
import type { Handle, NativeKey } from '../native/binding.js'
import { io } from '../native/io.js'
import { LARGE_VALUE, MAYBE_ILL_FORMED } from '../native/status.js'
import { checkFunction, refusePromise } from './callback.js'
import type { Definition } from './definition.js'
import type { Commits, StoreOwner } from './owner.js'
import { checkSession, SessionReader } from './session-read.js'
import { SessionSnapshot } from './snapshot.js'
import { storeOf } from './store.js'
import { checkLength, checkTime } from './times.js'
import { defineWritingTwins } from './twins.js'
import type { Snapshot } from './types.js'
import { plainValues, type ValueCoder } from './value.js'
import { ROW_HEADER, type Times } from './windowed-stretch.js'
import type { KeyedSession, ReadonlySessionStore, Session, SessionOptions, SessionStore } from './windowed-types.js'
import { WindowedWriter } from './windowed-write.js'

/** The methods that `defineWritingTwins` adds. */
export interface TypedSessionStore<K, V> {
  put(key: K, value: V, sessionStart: number, sessionEnd: number): Promise<void>
  merge(key: K, timestamp: number, gap: number, fn: (overlapping: readonly Session<V>[]) => V): Promise<Session<V>>
  remove(key: K, sessionStart?: number, sessionEnd?: number): Promise<void>
  expire(now: number): Promise<Omit<KeyedSession<K, V>, 'value'>[]>
}

const checkGap = checkLength(1)

/** See `SessionStore`, which says what each method promises. */
export class TypedSessionStore<K, V> extends storeOf(SessionReader)<K, V> implements SessionStore<K, V> {
  override readonly commits: Commits
  readonly #writer: WindowedWriter<K, V>
  readonly #keys: ValueCoder<K>
  /** Whether values are decoded by no code of the user's. */
  readonly #isPacked: boolean

  constructor(
    name: string,
    handle: Handle,
    options: SessionOptions<K, V>,
    definition: Definition,
    override readonly owner: StoreOwner,
  ) {
    const expiring = owner.expiringOf(name, handle, options.ttl)
    super(name, handle, options, definition, owner.views, expiring, owner.dictionaryOf(name, handle))
    this.commits = owner.commits
    this.#writer = new WindowedWriter(this, this.coder, owner, definition.retention, options)
    this.#keys = plainValues(this.keyCodec)
    this.#isPacked = packingOf(options.valueCodec) !== undefined && options.valueCodec.version === undefined
  }

  get droppedRecords(): number {
    return this.#writer.dropped
  }

  putSync(key: K, value: V, sessionStart: number, sessionEnd: number): void {
    checkSession(sessionStart, sessionEnd)
    const prepared = this.newKeys.prepare(key)
    const end = this.#writer.encode(value)
    if (this.#writer.drops(sessionEnd)) return
    const put = () => this.#writer.put(key, this.#placeNew(prepared), sessionStart, sessionEnd, end)
    this.#writer.living(prepared, sessionStart, sessionEnd, put)
  }

  readonly #place = (prepared: unknown) => () => this.keyEncoder.place(prepared)
  readonly #placeNew = (prepared: unknown) => () => this.newKeys.place(prepared)

  mergeSync(key: K, timestamp: number, gap: number, fn: (overlapping: readonly Session<V>[]) => V): Session<V> {
    checkTime(timestamp, 'timestamp')
    checkGap(gap, 'gap')
    checkFunction(fn, 'merge')
    const prepared = this.newKeys.prepare(key)
    const overlapping = this.#near(key, prepared, timestamp, gap)
    let [sessionStart, sessionEnd] = [timestamp + 0, timestamp + 0]
    for (const session of overlapping) {
      sessionStart = Math.min(sessionStart, session.sessionStart)
      sessionEnd = Math.max(sessionEnd, session.sessionEnd)
    }
    const writes = this.hot.windowWrites(this.handle)
    const value = fn(overlapping)
    refusePromise(value, 'merge')
    const end = this.#writer.encode(value)
    if (this.hot.windowWrites(this.handle) !== writes) this.#requireSame(key, overlapping, near(timestamp, gap))
    const union = { sessionStart, sessionEnd, value }
    if (this.#writer.drops(sessionEnd)) return union
    if (this.#writer.expires) this.#replace(key, prepared, overlapping, union, end)
    else this.#writer.merge(key, this.#placeNew(prepared), timestamp, gap, end)
    return union
  }

  /** The sessions of a key that a moment belongs to, by their start. */
  #near(key: K, prepared: unknown, timestamp: number, gap: number): Session<V>[] {
    // User code that decodes a value could overwrite the next one.
    if (this.#isPacked && !this.expiring.isUsed) {
      const count = this.hot.sessionNear(this.handle, this.keyEncoder.place(prepared), timestamp, gap)
      if (count >= 0) return this.#readNear(count)
      if (count !== LARGE_VALUE && count !== MAYBE_ILL_FORMED) throw this.failure(count, key)
    }
    return this.rowsOf(key, near(timestamp, gap), undefined).toArray()
  }

  #readNear(count: number): Session<V>[] {
    const found: Session<V>[] = []
    for (let at = 0, row = 0; row < count; row++) {
      const valueAt = at + ROW_HEADER
      const end = valueAt + io.view.getUint32(at + 16, true)
      found.push({
        sessionStart: io.view.getFloat64(at, true),
        sessionEnd: io.view.getFloat64(at + 8, true),
        value: this.coder.read(io, valueAt, end),
      })
      at = end
    }
    return found
  }

  /** Refuses to merge other sessions than the function was given: it has written some itself. */
  #requireSame(key: K, given: readonly Session<V>[], times: Times): void {
    const is = this.rowsOf(key, times, undefined).toArray()
    const isSame =
      is.length === given.length &&
      is.every(({ sessionStart, sessionEnd }, at) => {
        return sessionStart === given[at]!.sessionStart && sessionEnd === given[at]!.sessionEnd
      })
    if (!isSame) throw invalidArgument('merge: the function has changed the sessions that it merges')
  }

  /** Puts a session in the place of others; where some may have expired, which native code does not know. */
  #replace(key: K, prepared: unknown, merged: readonly Session<V>[], union: Session<V>, valueEnd: number): void {
    const { sessionStart, sessionEnd } = union
    this.#writer.atomically(() => {
      const put = () => this.#writer.put(key, this.#placeNew(prepared), sessionStart, sessionEnd, valueEnd)
      this.#writer.living(prepared, sessionStart, sessionEnd, put)
      for (const { sessionStart: start, sessionEnd: end } of merged) {
        if (start !== sessionStart || end !== sessionEnd) this.removeSync(key, start, end)
      }
    })
  }

  removeSync(key: K, sessionStart?: number, sessionEnd?: number): void {
    const prepared = this.keyEncoder.prepare(key)
    if (sessionStart === undefined && sessionEnd === undefined) {
      this.#writer.admit()
      this.#writer.call(key, this.#place(prepared), placed => this.hot.sessionRemoveAll(this.handle, placed))
      return
    }
    const [start, end] = [sessionStart as number, sessionEnd as number]
    checkSession(start, end)
    this.#writer.admit()
    const remove = (placed: NativeKey) => this.hot.windowRemove(this.handle, placed, start, end)
    this.#writer.dying(prepared, start, end, () => this.#writer.call(key, this.#place(prepared), remove))
  }

  expireSync(now: number): Omit<KeyedSession<K, V>, 'value'>[] {
    checkTime(now, 'now')
    const time = this.#writer.expiry(now)
    this.#writer.admit()
    const removed = this.hot.sessionExpire(this.handle, time)
    if (typeof removed === 'number') throw this.failure(removed, undefined)
    this.#writer.wrote(0, undefined)
    return this.#readKeys(removed)
  }

  #readKeys(bytes: Buffer): Omit<KeyedSession<K, V>, 'value'>[] {
    const memory = ioOver(bytes)
    const removed = []
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + memory.view.getUint32(at, true)
      const row = at + 4
      removed.push({
        key: this.#keys.read(memory, row + ROW_HEADER, end),
        sessionStart: memory.view.getFloat64(row, true),
        sessionEnd: memory.view.getFloat64(row + 8, true),
      })
      at = end
    }
    return removed
  }

  snapshot(): Snapshot & ReadonlySessionStore<K, V> {
    return new SessionSnapshot<K, V>(...this.view())
  }
}

/** The sessions that a moment belongs to. */
function near(timestamp: number, gap: number) {
  return { from: -Infinity, to: timestamp + gap, endsFrom: timestamp - gap }
}

defineWritingTwins(TypedSessionStore, ['put', 'merge', 'remove', 'expire'])
