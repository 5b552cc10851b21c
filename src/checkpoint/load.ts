import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MillpondError } from '../error.js'
import { asSystemError, writeFile } from './directory.js'
import { checkpointsIn, type Link, type Manifest, readManifest } from './manifest.js'
import type { CheckpointStorage } from './storage.js'

/** The checkpoint of this name, or the newest. */
export async function findCheckpoint(
  storage: CheckpointStorage,
  wanted: string | undefined,
): Promise<{ name: string; manifest: Manifest }> {
  const names = await checkpointsIn(storage)
  const name = wanted ?? names.at(-1)
  if (name === undefined || !names.includes(name)) {
    const message = wanted === undefined ? 'there is no checkpoint' : `there is no checkpoint ${JSON.stringify(wanted)}`
    throw new MillpondError('ERR_MILLPOND_NO_CHECKPOINT', message)
  }
  return { name, manifest: await readManifest(storage, name) }
}

/** The files of a checkpoint: its own, or copies that are removed after `use`. */
export async function withFiles<T>(
  storage: CheckpointStorage,
  { links }: Manifest,
  signal: AbortSignal | undefined,
  use: (paths: readonly string[]) => Promise<T>,
): Promise<T> {
  if (storage.localPath) return use(links.map(({ name }) => storage.localPath!(name)))
  const directory = await mkdtemp(join(tmpdir(), 'millpond-restore-'))
  try {
    const paths: string[] = []
    for (const link of links) {
      signal?.throwIfAborted()
      paths.push(await fetched(storage, link, directory, signal))
    }
    return await use(paths)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function fetched(
  storage: CheckpointStorage,
  { name }: Link,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const path = join(directory, name)
  try {
    await writeFile(path, storage.read(name), signal)
  } catch (error) {
    throw asSystemError(`fetch ${name}`, error)
  }
  return path
}
