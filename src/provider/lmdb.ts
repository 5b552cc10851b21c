import { resolve } from 'node:path'
import type { Codec } from '../codec/codec.js'
import { native } from '../native/binding.js'
import { keyValueDefinition, sessionDefinition, windowDefinition } from '../store/definition.js'
import { type ReadStoredKey, storedKeyReader } from '../store/stored-key.js'
import type { KeyValueOptions } from '../store/types.js'
import type { SessionOptions, WindowOptions } from '../store/windowed-types.js'
import { Provider } from './base.js'
import { statsOf, verified } from './directory.js'
import { Environment } from './environment.js'
import { checkLongWork, jobDone } from './job.js'
import { checkPath, settingsOf } from './lmdb-options.js'
import { ReadonlyDirectory } from './reader.js'
import type { LmdbOptions, LmdbProvider, LmdbStats, LongWork, Problem, ReadonlyProvider } from './types.js'

/**
 * A provider of stores in a directory: as fast to read as memory, written to a log by another thread and merged into
 * LMDB by a third. Opening it again in the same thread, with equal options, gives another provider of the same stores.
 *
 * A write is visible to every read that follows it. When it is durable `commits` and `durability` say; an error of that
 * comes from the promise that waits for it, and, if there is none, from the next commit, flush or close.
 *
 * With `readOnly: true` it opens beside a writer, in any process, and has nothing that writes.
 *
 * @throws {TypeError | RangeError} for an option that is missing, wrong, unknown, or other than in this thread already
 * @throws {MillpondError} ERR_MILLPOND_LOCKED, while another process or thread has it open for writing
 * @throws {MillpondError} ERR_MILLPOND_UNUSABLE, for a directory of something else, of a later version, or on a network
 * @throws {MillpondError} ERR_MILLPOND_CORRUPTION, where what was acknowledged can't be read any more
 * @throws {MillpondError} ERR_MILLPOND_IO, where the system refuses it
 */
export function lmdb(options: LmdbOptions & { readOnly?: false }): LmdbProvider
export function lmdb(options: LmdbOptions & { readOnly: true }): ReadonlyProvider
export function lmdb(options: LmdbOptions & { readOnly?: boolean }): LmdbProvider | ReadonlyProvider {
  const { readOnly, ...settings } = settingsOf(options)
  return readOnly ? new ReadonlyDirectory(settings) : new DurableProvider(Environment.open(settings))
}

class DurableProvider extends Provider<Environment> implements LmdbProvider {
  /** Of the stores that were opened: how what `verify` finds is shown. */
  readonly #keys = new Map<string, ReadStoredKey>()

  override createKeyValueStore(name: string, options: KeyValueOptions<Codec<any>, any>): any {
    const store = super.createKeyValueStore(name, options)
    this.#keys.set(name, storedKeyReader(keyValueDefinition(options), store.keyCodec))
    return store
  }

  override createWindowStore(name: string, options: WindowOptions<any, any>): any {
    const store = super.createWindowStore(name, options)
    this.#keys.set(name, storedKeyReader(windowDefinition(options), store.keyCodec))
    return store
  }

  override createSessionStore(name: string, options: SessionOptions<any, any>): any {
    const store = super.createSessionStore(name, options)
    this.#keys.set(name, storedKeyReader(sessionDefinition(options), store.keyCodec))
    return store
  }

  stats(): LmdbStats {
    this.requireOpen()
    return { ...statsOf(this.engine.handle), ...this.iterations, failedCommits: this.engine.commits.failures }
  }

  async compact(options: LongWork = {}): Promise<void> {
    this.requireOpen()
    checkLongWork('compact', options)
    await jobDone(() => native().binding.startCompact(this.engine.handle), options)
  }

  async backup(path: string, options: LongWork = {}): Promise<void> {
    this.requireOpen()
    this.transactions.refuseAll('backup')
    checkPath(path, 'backup: path')
    checkLongWork('backup', options)
    await this.engine.commits.finish()
    await jobDone(() => native().binding.startBackup(this.engine.handle, resolve(path)), options)
  }

  async verify(options: LongWork = {}): Promise<readonly Problem[]> {
    this.requireOpen()
    checkLongWork('verify', options)
    return verified(this.engine.handle, options, this.#keys)
  }
}
