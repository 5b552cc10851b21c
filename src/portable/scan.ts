import type { Handle } from '../native/binding.js'
import type { Fill } from './fill.js'
import type { Key } from './key.js'
import type { Range } from './range.js'
import type { PlainView } from './store.js'
import type { WindowedView } from './windowed/store.js'
import type { Walk } from './windowed/walk.js'

/** A scan that has more rows, of the moment when it began. */
export interface OpenScan {
  /** What it reads: it goes with that, if not before. */
  readonly store: Handle
  readonly view: PlainView | WindowedView
  /** Whether it has given all rows, and is there for a value of the last one. */
  isDone: boolean
  /** Gives the next rows; returns whether there are more. */
  resume(fill: Fill): boolean
}

/** Over a range of keys. */
export class RangeScan implements OpenScan {
  isDone = false
  #range: Range

  constructor(
    readonly store: Handle,
    readonly view: PlainView,
    range: Range,
    private readonly reverse: boolean,
    next: Key,
  ) {
    this.#range = range.goingOn(next, reverse)
  }

  resume(fill: Fill): boolean {
    const next = this.view.rows.scan(this.#range, this.reverse, (key, value) => fill.take(key, value))
    if (next !== undefined) this.#range = this.#range.goingOn(next, this.reverse)
    return next !== undefined
  }
}

/** Over windows or sessions. */
export class WalkScan implements OpenScan {
  isDone = false

  constructor(
    readonly store: Handle,
    readonly view: WindowedView,
    private readonly walk: Walk,
  ) {}

  resume(fill: Fill): boolean {
    return this.walk.fill(this.view, fill)
  }
}
