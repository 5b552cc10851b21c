import { copyInto } from '../codec/memory.js'
import { invalidArgument } from '../error.js'
import { type Key, writeKey } from './key.js'
import { ends, HEADER, header, PAGE_REF, type PackedInfo, type PageRef, pageRef, readPageRef } from './packed-format.js'
import { checksum, ENTRY_HEADER, PAGE_HEADER, PLACE } from './packed-page.js'

/** A page ends behind the first entry that reaches this. */
const PAGE_TARGET = 16 << 10
const NO_PAGE: PageRef = { offset: 0, length: 0, number: 0 }

/** A page that grows. */
class Level {
  #bytes = Buffer.allocUnsafe(PAGE_TARGET + (PAGE_TARGET >> 2))
  #length = PAGE_HEADER
  readonly #places: number[] = []
  first: Key = ''

  /** Adds an entry; returns whether the page is full. */
  push(key: Key, value: Uint8Array): boolean {
    if (this.count === 0) this.first = key
    const at = this.#length
    const keyAt = at + ENTRY_HEADER
    const valueAt = keyAt + key.length
    this.#reserve(valueAt + value.length)
    this.#bytes.writeUInt16LE(key.length, at)
    this.#bytes.writeUInt32LE(value.length, at + 2)
    writeKey(this.#bytes, keyAt, key)
    copyInto(this.#bytes, valueAt, value, value.length)
    this.#places.push(at)
    this.#length = valueAt + value.length
    return this.#length - PAGE_HEADER + PLACE * this.count >= PAGE_TARGET
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.length))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }

  get count(): number {
    return this.#places.length
  }

  /** The page that the one entry leads to. */
  get lonePage(): PageRef {
    return readPageRef(this.#bytes.subarray(this.#length - PAGE_REF, this.#length))
  }

  /** Its bytes, as the page of this number. Nothing is added to it afterwards. */
  end(number: number, level: number): Buffer {
    const placesAt = this.#length
    const length = placesAt + PLACE * this.count
    this.#reserve(length)
    const page = this.#bytes.subarray(0, length)
    for (const [i, place] of this.#places.entries()) page.writeUInt32LE(place, placesAt + PLACE * i)
    page.writeUInt32LE(length, 4)
    page.writeUInt32LE(level, 8)
    page.writeUInt32LE(this.count, 12)
    page.writeUInt32LE(checksum(number, page), 0)
    return page
  }
}

/** What there is to say of a snapshot before it is written. */
export type Description = Pick<PackedInfo, 'id' | 'timestamp' | 'name' | 'definition' | 'metadata'>
/** What there is to say of an increment beside: what it goes on from, and what the store has with it. */
export type Growth = Pick<PackedInfo, 'base' | 'length' | 'sizeBytes'>

/** Writes a packed snapshot or an increment, byte for byte as the Rust crate does. Each key is greater than the one before. */
export class PackedWriter {
  #offset = HEADER
  /** Pages that grow: of entries, and above it of their pages. */
  readonly #levels = [new Level()]
  #pages = 0
  #entries = 0
  #entryBytes = 0
  #last: Key = ''

  /**
   * @param growth of an increment, whose values are changes
   * @param write is given what is written, piece by piece, each its own
   */
  constructor(
    private readonly description: Description,
    private readonly growth: Growth | undefined,
    private readonly write: (bytes: Buffer) => void,
  ) {
    write(header())
  }

  push(key: Key, value: Uint8Array): void {
    if (this.#entries > 0 && key <= this.#last) throw invalidArgument('the keys of a snapshot have to ascend')
    this.#last = key
    this.#entries++
    this.#entryBytes += key.length + value.length
    if (this.#levels[0]!.push(key, value)) this.#endPage(0)
  }

  /** Writes what is left. */
  finish(): void {
    const { root, level } = this.#endPages()
    const [entries, entryBytes] = [this.#entries, this.#entryBytes]
    const growth = this.growth ?? { base: undefined, length: entries, sizeBytes: entryBytes }
    const footer = { info: { ...this.description, ...growth }, entries, entryBytes, pages: this.#pages, level, root }
    this.write(ends(footer, this.#offset))
  }

  /** Ends the pages that grow, from below. The first that is alone on its level has all others below it. */
  #endPages(): { root: PageRef; level: number } {
    for (let level = 0; ; level++) {
      const growing = this.#levels[level]!
      const isTop = level + 1 === this.#levels.length
      if (isTop && growing.count === 0) return { root: NO_PAGE, level: 0 }
      if (isTop && level > 0 && growing.count === 1) return { root: growing.lonePage, level: level - 1 }
      if (growing.count > 0) this.#endPage(level)
    }
  }

  #endPage(level: number): void {
    const ended = this.#levels[level]!
    this.#levels[level] = new Level()
    const number = this.#pages++
    const page = ended.end(number, level)
    const place = { offset: this.#offset, length: page.length, number }
    this.write(page)
    this.#offset += page.length
    if (level + 1 === this.#levels.length) this.#levels.push(new Level())
    if (this.#levels[level + 1]!.push(ended.first, pageRef(place))) this.#endPage(level + 1)
  }
}
