import { MillpondError } from '../error.js'
import type { Key } from './key.js'
import { damaged, type PackedInfo } from './packed-format.js'
import type { PackedEntry } from './packed-page.js'
import type { Packed } from './packed-reader.js'

// The value of an entry of an increment begins with a byte that says what happened to the key: docs/format.md.
//   0   it was put: the value follows
//   1   it was deleted: nothing follows
//   2   it and all keys after it up to one, that one too, were deleted: that one follows
const PUT = Buffer.of(0)
const DELETED = Buffer.of(1)
const DELETED_THROUGH = 2

/** What happened to a key: it has this value now, or undefined for none. */
export interface Change {
  readonly key: Key
  readonly value: Uint8Array | undefined
}

/** The value that an increment has for a change. */
export const changeValue = ({ value }: Change): Uint8Array =>
  value === undefined ? DELETED : Buffer.concat([PUT, value])

/**
 * The entries of a snapshot with the increments that go on from it, in the order of their keys. O(entries of all of them).
 *
 * @throws {MillpondError} ERR_MILLPOND_WRONG_BASE where one does not go on from the one before
 * @throws {MillpondError} ERR_MILLPOND_CORRUPTION, behind the last entry, where they are others than the last one says
 */
export function entriesOfChain(full: Packed, increments: readonly Packed[]): Generator<PackedEntry> {
  let [entries, last] = [full.entries(), full.info]
  for (const increment of increments) {
    const { id, base } = increment.info
    if (!base?.equals(last.id)) {
      const message = `increment ${id.toString('hex')} goes on from ${base?.toString('hex')}, not from ${last.id.toString('hex')}`
      throw new MillpondError('ERR_MILLPOND_WRONG_BASE', message)
    }
    entries = layered(entries, increment.entries())
    last = increment.info
  }
  return counted(entries, last)
}

function* counted(entries: Iterable<PackedEntry>, { length, sizeBytes }: PackedInfo): Generator<PackedEntry> {
  let [count, bytes] = [0, 0]
  for (const entry of entries) {
    count++
    bytes += entry.key.length + entry.value.length
    yield entry
  }
  if (count !== length || bytes !== sizeBytes) throw damaged('its entries are others than its last increment says')
}

/** What lies below an increment, with its changes. */
function* layered(below: Iterator<PackedEntry>, changes: Iterator<PackedEntry>): Generator<PackedEntry> {
  let [entry, change] = [below.next(), changes.next()]
  /** Keys up to this one are gone from what lies below. */
  let gone: Key | undefined
  while (!entry.done || !change.done) {
    if (change.done || (!entry.done && entry.value.key < change.value.key)) {
      const { value } = entry as IteratorYieldResult<PackedEntry>
      if (gone === undefined || value.key > gone) yield value
      entry = below.next()
    } else {
      const { key, value } = change.value
      if (!entry.done && entry.value.key === key) entry = below.next()
      const last = deletedThrough(key, value)
      if (last !== undefined) gone = gone === undefined || last > gone ? last : gone
      else if (isPut(value)) yield { key, value: value.subarray(1) }
      change = changes.next()
    }
  }
}

/** The last of the keys that a change deletes from its own on; undefined for any other change. */
function deletedThrough(key: Key, value: Buffer): Key | undefined {
  if (value[0] !== DELETED_THROUGH) return undefined
  const last = value.toString('latin1', 1)
  if (last <= key) throw noChange()
  return last
}

function isPut(value: Buffer): boolean {
  if (value[0] === PUT[0]) return true
  if (!value.equals(DELETED)) throw noChange()
  return false
}

const noChange = () => damaged('an increment has an entry that is no change')
