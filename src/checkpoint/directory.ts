import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { MillpondError } from '../error.js'
import type { CheckpointStorage } from './storage.js'

/** Only what bears such a name was written here: others may keep their files in the same directory. */
const OURS = /^\d{10}-[0-9a-f]{8}\.(data|manifest)\.new$/
/** What is being written stands under its name with this behind it. */
const BEGUN = '.new'
const READ_STEP = 1 << 20
/** Nobody writes any more to what was begun and did not change for so long: whoever did was killed. */
const FORGOTTEN_MS = 600_000

/** Checkpoints in a directory, made if it is missing: each thing a file for the owner only. */
export class DirectoryStorage implements CheckpointStorage {
  readonly #path: string

  constructor(path: string) {
    this.#path = resolve(path)
  }

  localPath(name: string): string {
    return join(this.#path, name)
  }

  async write(name: string, data: AsyncIterable<Uint8Array>, options: { signal?: AbortSignal } = {}): Promise<void> {
    await asMillpond(`write ${this.localPath(name)}`, async () => {
      await mkdir(this.#path, { recursive: true, mode: 0o700 })
      await this.#removeForgotten()
      await writeFile(this.localPath(name), data, options.signal)
    })
  }

  /** Removes what was begun by who was killed in the middle of it. */
  async #removeForgotten(): Promise<void> {
    for (const name of await namesIn(this.#path)) {
      if (!OURS.test(name)) continue
      const { mtimeMs = Infinity } = (await stat(this.localPath(name)).catch(() => undefined)) ?? {}
      if (mtimeMs < Date.now() - FORGOTTEN_MS) await rm(this.localPath(name), { force: true })
    }
  }

  async *read(name: string): AsyncIterable<Uint8Array> {
    const file = await asMillpond(`read ${this.localPath(name)}`, () => open(this.localPath(name)))
    try {
      yield* file.createReadStream({ highWaterMark: READ_STEP, autoClose: false })
    } finally {
      await file.close()
    }
  }

  async *list(prefix: string): AsyncIterable<string> {
    for (const name of await namesIn(this.#path)) {
      if (name.startsWith(prefix) && !name.endsWith(BEGUN)) yield name
    }
  }

  async delete(name: string): Promise<void> {
    await asMillpond(`remove ${this.localPath(name)}`, () => rm(this.localPath(name), { force: true }))
  }
}

/** Writes a file that is there wholly or not at all, in place of what there was, and on the disk once this resolves. */
export async function writeFile(path: string, data: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
  const begun = `${path}${BEGUN}`
  try {
    const file = await open(begun, 'w', 0o600)
    try {
      for await (const chunk of data) {
        signal?.throwIfAborted()
        await writeAll(file, chunk)
      }
      signal?.throwIfAborted()
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(begun, path)
    await syncDirectory(join(path, '..'))
  } catch (error) {
    await rm(begun, { force: true }).catch(() => {})
    throw error
  }
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
}

/** A name is on the disk once its directory is, where directories can be synced. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw asSystemError(`list ${path}`, error)
  }
}

export async function asMillpond<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw asSystemError(what, error)
  }
}

/** What the system says of a file, as an error of ours; any other error as it is. */
export function asSystemError(what: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (syscall === undefined) return error
  const message = `${what}: ${(error as Error).message}`
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new MillpondError('ERR_MILLPOND_FULL', message, { retryable: true, cause: error })
  }
  return new MillpondError('ERR_MILLPOND_IO', message, { cause: error })
}
