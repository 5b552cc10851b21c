import { MillpondError } from '../../error.js'
import { crc32c } from '../crc32c.js'
import type { Key } from '../key.js'
import { ID, readLarge } from '../packed-format.js'

// The bytes of a checkpoint: docs/format.md.
//   tables     packed snapshots and increments, one behind the other
//   contents   a packed snapshot that says what they are
//   tail       offset of the contents u64   their length u64   version u32   crc32c u32 of the 20 bytes before   "MPONDCKP"
// The contents' entries:
//   62             the checkpoint that the increments go on from: its id, 16 bytes
//   6F source      the next position to read from a source u64
//   73 store       the definition of a store
//   74 store 00 k  a table of it: offset u64   length u64

const MAGIC = 'MPONDCKP'
const VERSION = 1
export const TAIL = 32
const PLACE = 16

export const BASE: Key = 'b'
export const OFFSET = 'o'
export const STORE = 's'

/** What a table of a store holds: its rows, the index of windows and sessions, when rows expire, the codes of strings. */
export type TableKind = 'r' | 'i' | 'e' | 'd'

/** Where a table is. */
export interface Place {
  readonly offset: number
  readonly length: number
}

/** The key of what concerns a store or a source of this name. */
export const keyOfName = (letter: string, name: string): Key => letter + Buffer.from(name).toString('latin1')
/** The name in such a key. */
export const nameIn = (key: Key): string => Buffer.from(key.slice(1), 'latin1').toString()

export const tableKey = (store: string, kind: TableKind): Key => `${keyOfName('t', store)}\0${kind}`

export function placeValue({ offset, length }: Place): Buffer {
  const value = Buffer.alloc(PLACE)
  value.writeBigUInt64LE(BigInt(offset), 0)
  value.writeBigUInt64LE(BigInt(length), 8)
  return value
}

export function readPlace(value: Buffer): Place {
  if (value.length !== PLACE) throw damaged('a table has no place')
  return { offset: readLarge(value, 0), length: readLarge(value, 8) }
}

export function positionValue(position: bigint): Buffer {
  const value = Buffer.alloc(8)
  value.writeBigUInt64LE(position)
  return value
}

export function readPosition(value: Buffer): bigint {
  if (value.length !== 8) throw damaged('an offset is no number')
  return value.readBigUInt64LE()
}

export function readBase(value: Buffer): Buffer {
  if (value.length !== ID) throw damaged('its base has no id')
  return value
}

/** What ends a checkpoint whose contents are there. */
export function tail(contents: Place): Buffer {
  const bytes = Buffer.alloc(TAIL)
  placeValue(contents).copy(bytes)
  bytes.writeUInt32LE(VERSION, 16)
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, 20)), 20)
  bytes.write(MAGIC, 24, 'latin1')
  return bytes
}

/** Where the contents of a checkpoint of so many bytes are. */
export function readTail(bytes: Buffer, fileLength: number): Place {
  if (bytes.toString('latin1', 24) !== MAGIC) throw damaged('it does not end as a checkpoint does')
  if (bytes.readUInt32LE(20) !== crc32c(bytes.subarray(0, 20))) throw damaged('its tail has changed')
  if (bytes.readUInt32LE(16) !== VERSION) {
    const message = 'a checkpoint of another version of the format than is known here'
    throw new MillpondError('ERR_MILLPOND_UNUSABLE', message)
  }
  const place = readPlace(bytes.subarray(0, PLACE))
  if (place.offset + place.length !== fileLength - TAIL) throw damaged('its tail is not where its contents end')
  return place
}

export function damaged(what: string): MillpondError {
  return new MillpondError('ERR_MILLPOND_CORRUPTION', `checkpoint: ${what}`)
}
