import { MillpondError } from '../error.js'
import { crc32c } from './crc32c.js'
import type { Source } from './packed-source.js'

// The ends of a packed snapshot: docs/format.md. All numbers are little-endian.
//   header   "MPONDSNP"   version u32   crc32c u32 of the 12 bytes before
//   pages    see packed-page.ts
//   footer   id 16   id of the base 16, zeros for none   length u64   size u64   timestamp i64   entries u64   their bytes u64
//            pages u32   level of the root u8   0 0 0   the root: offset u64, length u32, number u32
//            lengths u32 of name, definition and metadata   name   definition   metadata
//   tail     offset of the footer u64   its length u32   its crc32c u32   "MPONDEND"

const MAGIC = 'MPONDSNP'
const END = 'MPONDEND'
const VERSION = 1

export const HEADER = 16
const TAIL = 24
const FIXED = 108
const LENGTHS = 96
export const ID = 16
const NO_ID = Buffer.alloc(ID)

/** What a packed snapshot says of itself. */
export interface PackedInfo {
  /** Its name among snapshots: sixteen bytes. */
  readonly id: Buffer
  /** Of an increment: the snapshot, or the increment, from which it goes on. Undefined for one that holds all. */
  readonly base: Buffer | undefined
  /** The number of entries; of an increment, what the store has with it. */
  readonly length: number
  /** The lengths of all keys and values; of an increment, the same. */
  readonly sizeBytes: number
  /** When it was taken: milliseconds since the epoch. */
  readonly timestamp: number
  /** The name of the store; empty for one that has none. */
  readonly name: string
  /** What the store's owner says of its kind and codecs. */
  readonly definition: Uint8Array
  /** What the user wanted kept with it, as the positions in the input. */
  readonly metadata: Uint8Array
}

/** Where a page is, and which one in the order that they stand in. */
export interface PageRef {
  readonly offset: number
  readonly length: number
  readonly number: number
}

/** What stands behind the pages. */
export interface Footer {
  readonly info: PackedInfo
  /** What the pages have: of an increment not what the store has. */
  readonly entries: number
  readonly entryBytes: number
  readonly pages: number
  readonly level: number
  /** Of a snapshot without entries all zeros. */
  readonly root: PageRef
}

export const PAGE_REF = 16

export function readPageRef(bytes: Buffer): PageRef {
  return { offset: readLarge(bytes, 0), length: bytes.readUInt32LE(8), number: bytes.readUInt32LE(12) }
}

export function pageRef({ offset, length, number }: PageRef): Buffer {
  const bytes = Buffer.alloc(PAGE_REF)
  bytes.writeBigUInt64LE(BigInt(offset), 0)
  bytes.writeUInt32LE(length, 8)
  bytes.writeUInt32LE(number, 12)
  return bytes
}

/** One beyond 2^53, which only damage or malice can write, is larger than any file. */
export const readLarge = (bytes: Buffer, at: number) => Number(bytes.readBigUInt64LE(at))

export function header(): Buffer {
  const bytes = Buffer.alloc(HEADER)
  bytes.write(MAGIC, 'latin1')
  bytes.writeUInt32LE(VERSION, 8)
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 12)), 12)
  return bytes
}

/** Footer and tail of a snapshot whose pages end at `offset`. */
export function ends({ info, entries, entryBytes, pages, level, root }: Footer, offset: number): Buffer {
  const parts = [Buffer.from(info.name), info.definition, info.metadata]
  const fixed = Buffer.alloc(FIXED)
  info.id.copy(fixed, 0)
  info.base?.copy(fixed, ID)
  fixed.writeBigUInt64LE(BigInt(info.length), 32)
  fixed.writeBigUInt64LE(BigInt(info.sizeBytes), 40)
  fixed.writeBigInt64LE(BigInt(info.timestamp), 48)
  fixed.writeBigUInt64LE(BigInt(entries), 56)
  fixed.writeBigUInt64LE(BigInt(entryBytes), 64)
  fixed.writeUInt32LE(pages, 72)
  fixed.writeUInt8(level, 76)
  pageRef(root).copy(fixed, 80)
  for (const [i, part] of parts.entries()) fixed.writeUInt32LE(part.length, LENGTHS + 4 * i)
  const footer = Buffer.concat([fixed, ...parts])
  const tail = Buffer.alloc(TAIL)
  tail.writeBigUInt64LE(BigInt(offset), 0)
  tail.writeUInt32LE(footer.length, 8)
  tail.writeUInt32LE(crc32c(footer), 12)
  tail.write(END, 16, 'latin1')
  return Buffer.concat([footer, tail])
}

/** Checks header and tail, and reads the footer; returns it with its offset, where the pages end. */
export function readEnds(source: Source): { footer: Footer; end: number } {
  if (source.length < HEADER + TAIL) throw damaged('it is shorter than header and tail')
  checkHeader(source.read(0, HEADER))
  const tail = source.read(source.length - TAIL, source.length)
  const [end, length] = [readLarge(tail, 0), tail.readUInt32LE(8)]
  const isWhole = tail.toString('latin1', 16) === END && end >= HEADER && end + length === source.length - TAIL
  if (!isWhole) throw damaged('it does not end as a snapshot does')
  const footer = source.read(end, end + length)
  if (crc32c(footer) !== tail.readUInt32LE(12) || length < FIXED) throw damaged('its footer has changed')
  return { footer: readFooter(footer), end }
}

function checkHeader(bytes: Buffer): void {
  if (bytes.toString('latin1', 0, 8) !== MAGIC) throw damaged('it does not begin as a snapshot does')
  if (bytes.readUInt32LE(12) !== crc32c(bytes.subarray(0, 12))) throw damaged('its header has changed')
  const version = bytes.readUInt32LE(8)
  if (version > VERSION) {
    const message = `a snapshot of format version ${version}; the latest known here is ${VERSION}`
    throw new MillpondError('ERR_MILLPOND_UNUSABLE', message)
  }
}

function readFooter(bytes: Buffer): Footer {
  const parts: Buffer[] = []
  let at = FIXED
  for (let i = 0; i < 3; i++) {
    const end = at + bytes.readUInt32LE(LENGTHS + 4 * i)
    parts.push(bytes.subarray(at, end))
    at = end
  }
  if (at !== bytes.length) throw damaged('its footer has changed')
  const [name, definition, metadata] = parts as [Buffer, Buffer, Buffer]
  const base = bytes.subarray(ID, 2 * ID)
  return {
    info: {
      id: bytes.subarray(0, ID),
      base: base.equals(NO_ID) ? undefined : base,
      length: readLarge(bytes, 32),
      sizeBytes: readLarge(bytes, 40),
      timestamp: Number(bytes.readBigInt64LE(48)),
      name: name.toString(),
      definition,
      metadata,
    },
    entries: readLarge(bytes, 56),
    entryBytes: readLarge(bytes, 64),
    pages: bytes.readUInt32LE(72),
    level: bytes.readUInt8(76),
    root: readPageRef(bytes.subarray(80)),
  }
}

export function damaged(what: string): MillpondError {
  return new MillpondError('ERR_MILLPOND_CORRUPTION', `snapshot: ${what}`)
}
