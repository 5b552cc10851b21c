import { describe, invalidArgument } from '../error.js'
import { checkPath } from '../provider/lmdb-options.js'
import { DirectoryStorage } from './directory.js'

/**
 * Where checkpoints are kept: things of bytes by name, as a directory or an object store has them. Names are ASCII, without
 * slashes. `testCheckpointStorage` of `millpond/testing` tests one.
 */
export interface CheckpointStorage {
  /**
   * Keeps what comes out of `data` under a name, in place of what there was: wholly, once it resolves, or not at all, if `data`
   * throws or the signal aborts.
   */
  write(name: string, data: AsyncIterable<Uint8Array>, options?: { signal?: AbortSignal }): Promise<void>
  /** What is kept under a name; an error where there is nothing. */
  read(name: string): AsyncIterable<Uint8Array>
  /** The names that begin with this. */
  list(prefix: string): AsyncIterable<string>
  /** Removes what is kept under a name; nothing, where there is nothing. */
  delete(name: string): Promise<void>
  /** The file that has it, for a storage on this machine: it is read in place, and has to stay as it is meanwhile. */
  localPath?(name: string): string
}

const methods = ['write', 'read', 'list', 'delete'] as const

/** A storage, or that in the directory of this path. */
export function storageOf(what: string, target: string | CheckpointStorage): CheckpointStorage {
  if (typeof target === 'string') {
    checkPath(target, what)
    return new DirectoryStorage(target)
  }
  const isStorage = typeof target === 'object' && target !== null
  for (const method of methods) {
    if (!isStorage || typeof target[method] !== 'function') {
      throw invalidArgument(
        `${what}: expected a path or a CheckpointStorage, got ${describe(target)} without ${method}`,
      )
    }
  }
  return target
}
