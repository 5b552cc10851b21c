import { createHash } from 'node:crypto'
import { MillpondError } from '../error.js'
import type { CheckpointStorage } from './storage.js'

/** A later format is refused. */
const FORMAT = 1
export const MANIFEST = '.manifest'
export const DATA = '.data'

/** A thing of bytes that a checkpoint is made of. */
export interface Link {
  readonly name: string
  readonly bytes: number
}

/** What is known of a checkpoint without reading it. Written last: without one there is no checkpoint. */
export interface Manifest {
  /** Sixteen random bytes, as hexadecimal digits. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  /** What it is made of, the oldest first: one that holds all, and those that hold what changed since. The last is its own. */
  readonly links: readonly Link[]
  /** By source, the next position to read. */
  readonly offsets: ReadonlyMap<string, bigint>
}

/** `0000000007-9f3a2c1d`: checkpoints of a storage are numbered from 1 on, and their names sort as their numbers do. */
export function checkpointName(number: number, id: string): string {
  return `${String(number).padStart(10, '0')}-${id.slice(0, 8)}`
}

const NAME = /^(\d{10})-[0-9a-f]{8}$/

/** The number of a checkpoint by its name; undefined for something else. */
export function numberOf(name: string): number | undefined {
  const [, digits] = NAME.exec(name) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** The names of the checkpoints in a storage, the oldest first. */
export async function checkpointsIn(storage: CheckpointStorage): Promise<string[]> {
  const names: string[] = []
  for await (const name of storage.list('')) {
    const stem = name.endsWith(MANIFEST) ? name.slice(0, -MANIFEST.length) : ''
    if (numberOf(stem) !== undefined) names.push(stem)
  }
  return names.sort()
}

/** The bytes of a manifest: a line with the SHA-256 of what follows, and JSON. */
export function encodeManifest({ offsets, ...manifest }: Manifest): Buffer {
  const positions = Object.fromEntries(Array.from(offsets, ([source, position]) => [source, String(position)]))
  const text = `${JSON.stringify({ format: FORMAT, ...manifest, offsets: positions }, undefined, 2)}\n`
  return Buffer.from(`${digestOf(text)}\n${text}`)
}

export async function readManifest(storage: CheckpointStorage, name: string): Promise<Manifest> {
  const chunks: Uint8Array[] = []
  for await (const chunk of storage.read(`${name}${MANIFEST}`)) chunks.push(chunk)
  return decodeManifest(name, Buffer.concat(chunks).toString())
}

function decodeManifest(name: string, stored: string): Manifest {
  const damaged = () => new MillpondError('ERR_MILLPOND_CORRUPTION', `checkpoint ${name}: its manifest has changed`)
  const at = stored.indexOf('\n')
  const text = stored.slice(at + 1)
  if (at < 0 || stored.slice(0, at) !== digestOf(text)) throw damaged()
  const { format, id, timestamp, links, offsets } = parsed(text) ?? {}
  if (typeof format === 'number' && format > FORMAT) {
    const message = `checkpoint ${name}: of format ${format}; this version of millpond reads up to ${FORMAT}`
    throw new MillpondError('ERR_MILLPOND_UNUSABLE', message)
  }
  // A digest says nothing of who wrote it, and a name becomes a path: nothing is taken that is not written here.
  if (typeof id !== 'string' || !ID.test(id) || typeof timestamp !== 'number' || !areLinks(links)) throw damaged()
  if (typeof offsets !== 'object' || offsets === null) throw damaged()
  const positions = new Map<string, bigint>()
  for (const [source, position] of Object.entries(offsets)) {
    if (typeof position !== 'string' || !POSITION.test(position)) throw damaged()
    positions.set(source, BigInt(position))
  }
  return { id, timestamp, links, offsets: positions }
}

const ID = /^[0-9a-f]{32}$/
const POSITION = /^\d{1,20}$/

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function areLinks(links: unknown): links is Link[] {
  return Array.isArray(links) && links.length > 0 && links.every(isLink)
}

function isLink(link: unknown): boolean {
  const { name, bytes } = (link ?? {}) as Partial<Link>
  return typeof name === 'string' && isDataName(name) && Number.isSafeInteger(bytes) && bytes! >= 0
}

/** Whether this is the name of what a checkpoint is made of. */
export function isDataName(name: string): boolean {
  return name.endsWith(DATA) && numberOf(name.slice(0, -DATA.length)) !== undefined
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
