import { randomBytes } from 'node:crypto'
import type { LongWork } from '../provider/types.js'
import type { CheckpointOutcome, Checkpoints, Moment } from './engine.js'
import {
  checkpointName,
  checkpointsIn,
  DATA,
  encodeManifest,
  isDataName,
  type Link,
  MANIFEST,
  numberOf,
  readManifest,
} from './manifest.js'
import type { CheckpointStorage } from './storage.js'

/** A chain of more links is not gone on with: a checkpoint that holds all takes less time to restore. */
const MOST_LINKS = 32

export interface CheckpointOptions extends LongWork {
  /**
   * Writes what changed since the last checkpoint of this provider to the same target, where that is known; false by default.
   * In memory what the stores held then is kept until the next one: pages are copied when they are written.
   */
  incremental?: boolean
  /** Keeps so many checkpoints, and removes older ones with what only they need; all by default. */
  retain?: number
}

export interface CheckpointResult {
  /** Its name: those of later ones sort behind it. */
  readonly id: string
  /** What was written for it. */
  readonly bytes: number
  /** By source name, the next position to read. */
  readonly offsets: ReadonlyMap<string, bigint>
}

/** Writes a checkpoint: its bytes, then its manifest; then removes those that are not kept. */
export async function saveCheckpoint(
  checkpoints: Checkpoints,
  moment: Moment,
  storage: CheckpointStorage,
  options: CheckpointOptions,
): Promise<CheckpointResult> {
  const { incremental = false, retain, signal } = options
  signal?.throwIfAborted()
  const names = await checkpointsIn(storage)
  const newest = names.at(-1)
  const chain = incremental && newest !== undefined ? await chainOf(storage, newest) : undefined
  const id = randomBytes(16)
  const name = checkpointName((newest === undefined ? 0 : numberOf(newest)!) + 1, id.toString('hex'))
  const request = { id, from: chain?.id, isBase: incremental }
  let isKept = false
  const bytes = moment.bytes(request, options)
  try {
    await storage.write(`${name}${DATA}`, bytes, signal ? { signal } : {})
    const { outcome } = bytes
    const own = { name: `${name}${DATA}`, bytes: outcome.bytes }
    const links = outcome.isIncrement ? [...chain!.links, own] : [own]
    await writeManifest(storage, name, id, links, outcome, signal)
    isKept = true
    if (retain !== undefined) await removeOthers(storage, name, retain)
    return { id: name, bytes: outcome.bytes, offsets: outcome.offsets }
  } catch (error) {
    // Without its manifest it is no checkpoint; what is left of it goes, if it can.
    if (!isKept) await storage.delete(`${name}${DATA}`).catch(() => {})
    throw error
  } finally {
    bytes.end()
    if (incremental) checkpoints.settle(isKept)
  }
}

/** The checkpoint that the next one may go on from. */
async function chainOf(
  storage: CheckpointStorage,
  name: string,
): Promise<{ id: Buffer; links: readonly Link[] } | undefined> {
  const { id, links } = await readManifest(storage, name)
  const [full, ...increments] = links
  const changed = increments.reduce((bytes, link) => bytes + link.bytes, 0)
  // What changed is more than all by now.
  if (links.length >= MOST_LINKS || changed > full!.bytes) return undefined
  return { id: Buffer.from(id, 'hex'), links }
}

async function writeManifest(
  storage: CheckpointStorage,
  name: string,
  id: Buffer,
  links: readonly Link[],
  { offsets }: CheckpointOutcome,
  signal: AbortSignal | undefined,
): Promise<void> {
  const bytes = encodeManifest({ id: id.toString('hex'), timestamp: Date.now(), links, offsets })
  async function* data() {
    yield bytes
  }
  await storage.write(`${name}${MANIFEST}`, data(), signal ? { signal } : {})
}

/**
 * Removes all checkpoints but the newest, and this one: manifests first, then what no manifest that is left has need of. Others may
 * write to the same storage: what is of no earlier number may lack its manifest only for now.
 */
async function removeOthers(storage: CheckpointStorage, own: string, retain: number): Promise<void> {
  const names = await checkpointsIn(storage)
  const kept = new Set([...names.slice(-retain), own])
  const needed = new Set<string>()
  for (const name of kept) for (const link of (await readManifest(storage, name)).links) needed.add(link.name)
  for (const name of names) if (!kept.has(name)) await storage.delete(`${name}${MANIFEST}`)
  const data: string[] = []
  for await (const name of storage.list('')) {
    if (isDataName(name) && name.slice(0, 10) < own.slice(0, 10)) data.push(name)
  }
  for (const name of data) if (!needed.has(name)) await storage.delete(name)
}
