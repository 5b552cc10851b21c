import { MillpondError } from '../../error.js'
import type { CheckpointContents } from '../../native/binding.js'
import type { Key } from '../key.js'
import { entriesOfChain } from '../packed-increment.js'
import type { PackedEntry } from '../packed-page.js'
import { Packed } from '../packed-reader.js'
import { SourceFile } from '../packed-source.js'
import {
  BASE,
  damaged,
  nameIn,
  OFFSET,
  readBase,
  readPlace,
  readPosition,
  readTail,
  STORE,
  TAIL,
  type TableKind,
  tableKey,
} from './format.js'

/** One file of a checkpoint. */
interface Link {
  readonly file: SourceFile
  readonly id: Buffer
  readonly contents: ReadonlyMap<Key, Buffer>
}

/**
 * A checkpoint, with those from which it goes on. Its files are open until it is closed.
 *
 * @throws {MillpondError} ERR_MILLPOND_CORRUPTION for bytes that are not what was written, at the latest when they are read
 * @throws {MillpondError} ERR_MILLPOND_WRONG_BASE where a file does not go on from the one before
 */
export class Checkpoint {
  /** The oldest first. */
  readonly #links: Link[] = []

  /** @param paths the oldest first: one that holds all, and those that hold what changed since */
  constructor(paths: readonly string[]) {
    try {
      for (const path of paths) this.#open(path)
      if (this.#links.length === 0) throw damaged('it has no files')
    } catch (error) {
      this.close()
      throw error
    }
  }

  #open(path: string): void {
    const file = new SourceFile(path)
    const before = this.#links.at(-1)
    // Known from here on, so that it is closed whatever comes.
    this.#links.push({ file, id: Buffer.alloc(0), contents: new Map() })
    const link = readLink(file)
    this.#links[this.#links.length - 1] = link
    const base = link.contents.get(BASE)
    if (before === undefined || (base !== undefined && readBase(base).equals(before.id))) return
    throw wrongBase(`checkpoint ${link.id.toString('hex')} does not go on from ${before.id.toString('hex')}`)
  }

  /** Closes its files. What it says of itself is known on. */
  close(): void {
    for (const { file } of this.#links) file.close()
  }

  get #newest(): Link {
    return this.#links.at(-1)!
  }

  /** The number of bytes of all its files. */
  get bytes(): number {
    return this.#links.reduce((bytes, { file }) => bytes + file.length, 0)
  }

  /** By source, the next position to read. */
  offsets(): Map<string, bigint> {
    return new Map(this.#named(OFFSET, (source, value) => [source, readPosition(value)]))
  }

  /** What it says of itself. */
  summary(): CheckpointContents {
    const { contents } = this.#newest
    return {
      offsets: Array.from(this.offsets(), ([source, position]) => ({ source, position })),
      stores: this.#named(STORE, (name, definition) => ({
        name,
        definition: definition.toString(),
        hasExpiry: contents.has(tableKey(name, 'e')),
        hasDictionary: contents.has(tableKey(name, 'd')),
      })),
      bytes: this.bytes,
    }
  }

  #named<T>(letter: string, read: (name: string, value: Buffer) => T): T[] {
    const entries = Array.from(this.#newest.contents).filter(([key]) => key.startsWith(letter))
    return entries.map(([key, value]) => read(nameIn(key), value))
  }

  /** What a table of a store holds, in the order of the keys; undefined where it has none of this kind. */
  table(store: string, kind: TableKind): Generator<PackedEntry> | undefined {
    const increments: Packed[] = []
    for (const { file, id, contents } of this.#links.toReversed()) {
      const value = contents.get(tableKey(store, kind))
      if (value === undefined && increments.length === 0) return undefined
      if (value === undefined) throw lost(store, id)
      const { offset, length } = readPlace(value)
      const packed = new Packed(file.part(offset, length))
      if (packed.info.base === undefined) return entriesOfChain(packed, increments)
      increments.unshift(packed)
    }
    throw lost(store, this.#links[0]!.id)
  }
}

function readLink(file: SourceFile): Link {
  if (file.length < TAIL) throw damaged('it is shorter than its tail')
  const { offset, length } = readTail(file.read(file.length - TAIL, file.length), file.length)
  const packed = new Packed(file.part(offset, length))
  if (packed.info.base !== undefined) throw wrongBase('the contents of a checkpoint are an increment')
  return { file, id: packed.info.id, contents: new Map(Array.from(packed.entries(), ({ key, value }) => [key, value])) }
}

const lost = (store: string, id: Buffer) =>
  wrongBase(`store ${store}: what its increments go on from is not in checkpoint ${id.toString('hex')}`)

const wrongBase = (message: string) => new MillpondError('ERR_MILLPOND_WRONG_BASE', message)
