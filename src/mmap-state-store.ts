import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ByteStore } from './byte-store.js'
import { checkWhole } from './provider/checks.js'
import { lmdb } from './provider/lmdb.js'
import { checkPath } from './provider/lmdb-options.js'
import type { LmdbProvider, LongWork } from './provider/types.js'

/** LMDB keeps pages that it is about to use; so many bytes are no waste. */
const IN_MOTION = 64 * 1024

/** Directories that go with their stores, or with the process. */
const temporary = new Set<string>()

function removeTemporary(): void {
  for (const directory of temporary) rmSync(directory, { recursive: true, force: true })
}

/**
 * The durable engine as it is: in a directory, more than fits in memory if need be. What is written is visible at once, and
 * durable when `flush` has resolved. Point operations are O(log n).
 *
 * @throws as {@link ByteStore} and {@link lmdb} say
 */
export class MmapStateStore extends ByteStore implements AsyncDisposable {
  readonly #provider: LmdbProvider
  readonly #directory: string
  readonly #isPersistent: boolean

  private constructor(directory: string, isPersistent: boolean) {
    const provider = lmdb({ stateDir: directory })
    super(provider)
    this.#provider = provider
    this.#directory = directory
    this.#isPersistent = isPersistent
  }

  /** In a temporary directory, which goes with it; the capacity is a hint, beyond which it grows. */
  static inMemory(capacity = 0): MmapStateStore {
    checkWhole(0, Number.MAX_SAFE_INTEGER)(capacity, 'inMemory: capacity')
    const directory = mkdtempSync(join(tmpdir(), 'millpond-mmap-'))
    if (temporary.size === 0) process.on('exit', removeTemporary)
    temporary.add(directory)
    return new MmapStateStore(directory, false)
  }

  /** In this directory, made if it is missing: all that was flushed is there when it is opened again. */
  static persistent(path: string, capacity = 0): MmapStateStore {
    checkPath(path, 'persistent: path')
    checkWhole(0, Number.MAX_SAFE_INTEGER)(capacity, 'persistent: capacity')
    return new MmapStateStore(resolve(path), true)
  }

  /** Whether it outlives the process. */
  isPersistent(): boolean {
    return this.#isPersistent
  }

  /** The directory of one that outlives the process. */
  path(): string | undefined {
    return this.#isPersistent ? this.#directory : undefined
  }

  /** Resolves when all that was written is on the disk. */
  async flush(): Promise<void> {
    await this.#provider.commit()
  }

  /** Makes the file as small as what it holds; see `LmdbProvider.compact`. */
  async compact(options: LongWork = {}): Promise<void> {
    await this.#provider.compact(options)
  }

  /** How much of its file `compact` would give back, from 0 to 1; 0 after it. What is not merged yet is not in the file. */
  fragmentation(): number {
    const { mapBytes } = this.#provider.stats()
    const { size } = statSync(join(this.#directory, 'data.mdb'))
    return Math.max(0, size - mapBytes - IN_MOTION) / size
  }

  /** Closes it, when all that was written is on the disk. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#provider.close()
    if (!temporary.delete(this.#directory)) return
    rmSync(this.#directory, { recursive: true, force: true })
    if (temporary.size === 0) process.off('exit', removeTemporary)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
