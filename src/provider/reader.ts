import { resolve } from 'node:path'
import { NativeCheckpoints } from '../checkpoint/native.js'
import { bound } from '../codec/bound.js'
import type { Codec } from '../codec/codec.js'
import { MillpondError } from '../error.js'
import { type Handle, native } from '../native/binding.js'
import { CLOSED, failure } from '../native/status.js'
import {
  type Definition,
  keyValueDefinition,
  reopened,
  sessionDefinition,
  windowDefinition,
  windowedOf,
} from '../store/definition.js'
import { KeyValueReader } from '../store/read.js'
import type { Codecs, ReaderParts } from '../store/reader.js'
import { SessionReader } from '../store/session-read.js'
import { type ReadStoredKey, storedKeyReader } from '../store/stored-key.js'
import type { KeyValueOptions } from '../store/types.js'
import { Views } from '../store/views.js'
import { WindowReader } from '../store/window-read.js'
import type { SessionOptions, WindowOptions } from '../store/windowed-types.js'
import { forgotten } from './base.js'
import { checkSessionStore, checkStore, checkWindowStore } from './checks.js'
import { Dictionaries } from './dictionaries.js'
import { definitionOf, offsetsOf, statsOf, verified } from './directory.js'
import { openNative } from './environment.js'
import { Expirings } from './expirings.js'
import { checkLongWork, jobDone } from './job.js'
import { checkPath, type Settings } from './lmdb-options.js'
import type { OpenPart } from './parts.js'
import { hearNews } from './thread.js'
import type { LmdbStats, LongWork, Problem, ReadonlyProvider } from './types.js'

/** A directory that is only read. */
export class ReadonlyDirectory implements ReadonlyProvider {
  readonly #handle: Handle
  readonly #views: Views
  readonly #expirings: Expirings
  readonly #dictionaries: Dictionaries
  /** Of the stores that were opened: how what `verify` finds is shown. */
  readonly #keys = new Map<string, ReadStoredKey>()
  readonly #stores = new Map<string, Handle>()
  readonly #release: () => Promise<void>
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    hearNews()
    const handle = openNative(settings, true)
    this.#handle = handle
    this.#views = new Views(native(), handle, this, new NativeCheckpoints(handle))
    const open: OpenPart = (store, part) => native().binding.openPart(handle, store, part, false)
    this.#expirings = new Expirings(native(), settings.clock, open)
    this.#dictionaries = new Dictionaries(native(), open)
    this.#release = async () => void (await jobDone(() => native().binding.closeDurable(handle, false)))
    forgotten.register(this, this.#release, this)
  }

  createKeyValueStore(name: string, options: KeyValueOptions<Codec<any>, any>): any {
    checkStore(name, options)
    return new KeyValueReader(...this.#open(name, keyValueDefinition(options), options))
  }

  createWindowStore(name: string, options: WindowOptions<any, any>): any {
    checkWindowStore(name, options)
    return new WindowReader(...this.#open(name, windowDefinition(options), options))
  }

  createSessionStore(name: string, options: SessionOptions<any, any>): any {
    checkSessionStore(name, options)
    return new SessionReader(...this.#open(name, sessionDefinition(options), options))
  }

  /** What the reader of a store is made of. */
  #open(name: string, wanted: Definition, options: Codecs<any, any>): ReaderParts<any, any> {
    this.#requireOpen()
    const known = definitionOf(this.#handle, name)
    if (!known) {
      const message = `store ${JSON.stringify(name)}: there is none, and the directory is only read`
      throw new MillpondError('ERR_MILLPOND_STORE_MISMATCH', message, { store: name })
    }
    const definition = reopened(name, known, wanted, options.valueCodec)
    const handle = this.#handleOf(name, definition)
    const [expiring, dictionary] = [this.#expirings.of(name, handle), this.#dictionaries.of(name, handle)]
    this.#keys.set(name, storedKeyReader(definition, bound(options.keyCodec, dictionary.looking)))
    return [name, handle, options, definition, this.#views, expiring, dictionary]
  }

  #handleOf(name: string, definition: Definition): Handle {
    const known = this.#stores.get(name)
    if (known !== undefined) return known
    const windowed = windowedOf(definition)
    const handle = windowed
      ? native().binding.openReaderWindowedStore(this.#handle, name, windowed)
      : native().binding.openReaderStore(this.#handle, name)
    if (handle < 0) throw failure(handle, { store: name })
    this.#stores.set(name, handle)
    return handle
  }

  offsets(): ReadonlyMap<string, bigint> {
    this.#requireOpen()
    return offsetsOf(this.#handle)
  }

  stats(): LmdbStats {
    this.#requireOpen()
    const { openScans: openIterators, oldestScanMs: oldestIteratorMs } = this.#views
    return { ...statsOf(this.#handle), openIterators, oldestIteratorMs, failedCommits: 0 }
  }

  async refresh(): Promise<void> {
    this.#requireOpen()
    const outcome = native().binding.refreshReader(this.#handle)
    if (outcome < 0) throw failure(outcome)
    this.#dictionaries.refresh()
    this.#expirings.refresh()
  }

  async verify(options: LongWork = {}): Promise<readonly Problem[]> {
    this.#requireOpen()
    checkLongWork('verify', options)
    return verified(this.#handle, options, this.#keys)
  }

  async backup(path: string, options: LongWork = {}): Promise<void> {
    this.#requireOpen()
    checkPath(path, 'backup: path')
    checkLongWork('backup', options)
    await jobDone(() => native().binding.startBackup(this.#handle, resolve(path)), options)
  }

  close(): Promise<void> {
    if (this.#closing) return this.#closing
    forgotten.unregister(this)
    this.#views.closeAll()
    this.#closing = this.#release()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #requireOpen(): void {
    if (this.#closing) throw failure(CLOSED)
  }
}
