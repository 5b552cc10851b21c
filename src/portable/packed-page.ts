import { crc32c } from './crc32c.js'
import { type Key, readKey } from './key.js'
import { damaged, HEADER, PAGE_REF, type PageRef } from './packed-format.js'
import type { Source } from './packed-source.js'

// crc32c u32 of the page's number (u32) and of all behind this   its length u32   level u8   0 0 0   count u32
// entries   key length u16   value length u32   key   value
// places    where each entry begins in the page, u32 each
export const PAGE_HEADER = 16
export const ENTRY_HEADER = 6
export const PLACE = 4

/** The checksum of a page: of its number, so that none is taken for another, and of what is behind it. */
export function checksum(number: number, page: Buffer): number {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(number)
  return crc32c(page.subarray(4), crc32c(bytes))
}

/** An entry of a page: of the store, or on a level above for a page of the one below. */
export interface PackedEntry {
  readonly key: Key
  readonly value: Buffer
}

/** The entries of the page at `place`, of those that end at `end`, which must be as it was written. Every number in it is taken for hostile. */
export function readPage(source: Source, end: number, place: PageRef, level: number): PackedEntry[] {
  const pageEnd = place.offset + place.length
  if (place.offset < HEADER || pageEnd > end || place.length < PAGE_HEADER) throw damaged('a page lies outside of it')
  const page = source.read(place.offset, pageEnd)
  const name = `page ${place.number} at byte ${place.offset}`
  if (page.readUInt32LE(0) !== checksum(place.number, page)) throw damaged(`${name} has changed`)
  const entries = entriesOf(page, level)
  if (page.readUInt32LE(4) !== place.length || !entries) throw damaged(`${name} is none`)
  if (page.readUInt8(8) !== level) throw damaged(`${name} is not where it belongs`)
  return entries
}

/** Its entries, if they lie one behind the other from the header to the places, with keys that ascend. */
function entriesOf(page: Buffer, level: number): PackedEntry[] | undefined {
  const count = page.readUInt32LE(12)
  const placesAt = page.length - count * PLACE
  if (count === 0 || placesAt < PAGE_HEADER) return undefined
  const entries: PackedEntry[] = []
  let at = PAGE_HEADER
  for (let index = 0; index < count; index++) {
    if (page.readUInt32LE(placesAt + index * PLACE) !== at || at + ENTRY_HEADER > placesAt) return undefined
    const keyAt = at + ENTRY_HEADER
    const valueAt = keyAt + page.readUInt16LE(at)
    at = valueAt + page.readUInt32LE(at + 2)
    if (at > placesAt) return undefined
    const [key, value] = [readKey(page, keyAt, valueAt), page.subarray(valueAt, at)]
    if ((index > 0 && entries[index - 1]!.key >= key) || (level > 0 && value.length !== PAGE_REF)) return undefined
    entries.push({ key, value })
  }
  return at === placesAt ? entries : undefined
}
