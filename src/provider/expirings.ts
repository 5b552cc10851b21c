import type { Border, Handle, Operations } from '../native/binding.js'
import { io } from '../native/io.js'
import type { Definition } from '../store/definition.js'
import { Expiring, type Sweeping } from '../store/expiring.js'
import type { Commits } from '../store/owner.js'
import { TIMES } from '../store/windowed-stretch.js'
import { type OpenPart, Parts } from './parts.js'

/** When the rows of an engine's stores expire. */
export class Expirings extends Parts<Expiring> {
  constructor(border: Border, clock: () => number, open: OpenPart) {
    super('expiry', open, (name, openTable) => new Expiring(border, clock, name, openTable))
  }

  /** What is read may be another state than before. */
  refresh(): void {
    for (const expiring of this) expiring.refresh()
  }
}

/** How expired rows of a store are removed. */
export function sweepingOf(hot: Operations, { kind }: Definition, store: Handle, commits: Commits): Sweeping {
  return {
    store,
    commits,
    remove: name => (kind === 'key-value' ? removeEntry(hot, store, name) : removeRow(hot, store, name)),
  }
}

function removeEntry(hot: Operations, store: Handle, name: Buffer): number {
  name.copy(io.bytes)
  return hot.remove(store, name.length)
}

function removeRow(hot: Operations, store: Handle, name: Buffer): number {
  name.copy(io.bytes, 0, TIMES)
  return hot.windowRemove(store, name.length - TIMES, name.readDoubleLE(0), name.readDoubleLE(8))
}
