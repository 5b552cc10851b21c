import { asBuffer } from '../codec/memory.js'
import { damaged, type Footer, HEADER, type PackedInfo, type PageRef, readEnds, readPageRef } from './packed-format.js'
import { PAGE_HEADER, type PackedEntry, readPage } from './packed-page.js'

/** A packed snapshot in memory: docs/format.md. Its entries share the memory that it was read from. */
export interface Packed {
  readonly info: PackedInfo
  readonly sizeBytes: number
  /** In the order of their keys. */
  readonly entries: readonly PackedEntry[]
}

/**
 * Reads a packed snapshot, and looks at all of it. O(bytes).
 *
 * @throws {MillpondError} ERR_MILLPOND_CORRUPTION for bytes that are not what was written
 * @throws {MillpondError} ERR_MILLPOND_UNUSABLE for a format of a later version
 */
export function readPacked(bytes: Uint8Array): Packed {
  const memory = asBuffer(bytes)
  const { footer, end } = readEnds(memory)
  // No more than there is room for.
  if (footer.pages > memory.length / PAGE_HEADER) throw damaged('it has more pages than room for them')
  const pages = new Pages(memory, end)
  if (footer.pages > 0) pages.visit(footer.root, footer.level)
  check(footer, pages, end)
  return { info: footer.info, sizeBytes: footer.sizeBytes, entries: pages.entries }
}

function check(footer: Footer, pages: Pages, end: number): void {
  if (pages.count !== footer.pages || pages.offset !== end) throw damaged('it has bytes that belong to no page')
  const sizeBytes = pages.entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0)
  if (pages.entries.length !== footer.entries || sizeBytes !== footer.sizeBytes) {
    throw damaged('it has other entries than it says')
  }
}

/** Goes through the pages in the order in which they were written. */
class Pages {
  readonly entries: PackedEntry[] = []
  count = 0
  /** Where the next page has to begin. */
  offset = HEADER

  constructor(
    private readonly bytes: Buffer,
    private readonly end: number,
  ) {}

  /** Goes through what lies below a page, and then takes it; returns its entries. */
  visit(place: PageRef, level: number): readonly PackedEntry[] {
    const entries = readPage(this.bytes, { from: HEADER, to: this.end }, place, level)
    for (const [index, entry] of entries.entries()) {
      if (level === 0) this.entries.push(entry)
      else this.#visitChild(entry, entries[index + 1], level - 1)
    }
    if (place.number !== this.count || place.offset !== this.offset) throw misplaced(place)
    this.count++
    this.offset += place.length
    return entries
  }

  /** The page that an entry leads to: its keys are from that entry's to before the next one's. */
  #visitChild({ key, value }: PackedEntry, next: PackedEntry | undefined, level: number): void {
    const place = readPageRef(value)
    const child = this.visit(place, level)
    const isBeforeNext = next === undefined || child.at(-1)!.key < next.key
    if (child[0]!.key !== key || !isBeforeNext) throw misplaced(place)
  }
}

function misplaced({ number, offset }: PageRef): Error {
  return damaged(`page ${number} at byte ${offset} is not where it belongs`)
}
