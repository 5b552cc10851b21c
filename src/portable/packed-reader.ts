import { asBuffer } from '../codec/memory.js'
import type { Key } from './key.js'
import { damaged, type Footer, HEADER, type PackedInfo, type PageRef, readEnds, readPageRef } from './packed-format.js'
import { PAGE_HEADER, type PackedEntry, readPage } from './packed-page.js'
import { inMemory, type Source } from './packed-source.js'

/**
 * A packed snapshot or an increment: docs/format.md. Its entries share the memory that they were read from.
 *
 * @throws {MillpondError} ERR_MILLPOND_CORRUPTION for bytes that are not what was written, at the latest behind the last entry
 * @throws {MillpondError} ERR_MILLPOND_UNUSABLE for a format of a later version
 */
export class Packed {
  readonly #footer: Footer
  /** Where the pages end. */
  readonly #end: number

  constructor(private readonly source: Source) {
    const { footer, end } = readEnds(source)
    const { info, entries, entryBytes, pages } = footer
    // No more than there is room for.
    if (pages > source.length / PAGE_HEADER) throw damaged('it has more pages than room for them')
    const isAll = info.length === entries && info.sizeBytes === entryBytes
    if (info.base === undefined && !isAll) throw damaged('it has other entries than it says')
    this.#footer = footer
    this.#end = end
  }

  get info(): PackedInfo {
    return this.#footer.info
  }

  /** All entries in the order of their keys, page by page; looks at every byte. O(bytes). */
  *entries(): Generator<PackedEntry> {
    const { root, level, pages, entries, entryBytes } = this.#footer
    const walk = new PageWalk(this.source, this.#end)
    let [count, bytes] = [0, 0]
    if (pages > 0) {
      for (const page of walk.leaves(root, level)) {
        for (const entry of page) {
          count++
          bytes += entry.key.length + entry.value.length
          yield entry
        }
      }
    }
    if (walk.count !== pages || walk.offset !== this.#end) throw damaged('it has bytes that belong to no page')
    if (count !== entries || bytes !== entryBytes) throw damaged('it has other entries than it says')
  }
}

/** Goes through the pages in the order in which they were written. */
class PageWalk {
  count = 0
  /** Where the next page has to begin. */
  offset = HEADER

  constructor(
    private readonly source: Source,
    private readonly end: number,
  ) {}

  /** The pages of entries that lie below a page, whose keys are from `first` to before `next`. */
  *leaves(place: PageRef, level: number, first?: Key, next?: Key): Generator<readonly PackedEntry[]> {
    const entries = readPage(this.source, this.end, place, level)
    const isInside = next === undefined || entries.at(-1)!.key < next
    if ((first !== undefined && entries[0]!.key !== first) || !isInside) throw misplaced(place)
    if (level > 0) {
      for (const [index, { key, value }] of entries.entries()) {
        yield* this.leaves(readPageRef(value), level - 1, key, entries[index + 1]?.key ?? next)
      }
    }
    if (place.number !== this.count || place.offset !== this.offset) throw misplaced(place)
    this.count++
    this.offset += place.length
    if (level === 0) yield entries
  }
}

function misplaced({ number, offset }: PageRef): Error {
  return damaged(`page ${number} at byte ${offset} is not where it belongs`)
}

/** Reads one that is in memory, wholly. */
export function readPacked(bytes: Uint8Array): { readonly info: PackedInfo; readonly entries: readonly PackedEntry[] } {
  const packed = new Packed(inMemory(asBuffer(bytes)))
  return { info: packed.info, entries: [...packed.entries()] }
}
