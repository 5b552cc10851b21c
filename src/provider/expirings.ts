import { type Handle, hot } from '../native/binding.js'
import { io } from '../native/io.js'
import type { Definition } from '../store/definition.js'
import { Expiring, type Sweeping } from '../store/expiring.js'
import type { Commits } from '../store/owner.js'
import { TIMES } from '../store/windowed-stretch.js'
import { type OpenPart, Parts } from './parts.js'

/** When the rows of an engine's stores expire. */
export class Expirings extends Parts<Expiring> {
  constructor(clock: () => number, open: OpenPart) {
    super('expiry', open, (name, openTable) => new Expiring(clock, name, openTable))
  }

  /** What is read may be another state than before. */
  refresh(): void {
    for (const expiring of this) expiring.refresh()
  }
}

/** How expired rows of a store are removed. */
export function sweepingOf({ kind }: Definition, store: Handle, commits: Commits): Sweeping {
  return {
    store,
    commits,
    remove: name => (kind === 'key-value' ? removeEntry(store, name) : removeRow(store, name)),
  }
}

function removeEntry(store: Handle, name: Buffer): number {
  name.copy(io.bytes)
  return hot.remove(store, name.length)
}

function removeRow(store: Handle, name: Buffer): number {
  name.copy(io.bytes, 0, TIMES)
  return hot.windowRemove(store, name.length - TIMES, name.readDoubleLE(0), name.readDoubleLE(8))
}
