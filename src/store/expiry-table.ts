import { copyOut } from '../codec/memory.js'
import type { Handle, Operations } from '../native/binding.js'
import { DATA_AT, giveBack, HEAD_WORDS, io, lease, NO_SCAN, TIMES_AT, UPPER_AT } from '../native/io.js'
import { failure, MISSING } from '../native/status.js'
import { EXCLUSIVE, INCLUSIVE, UPPER } from './bounds.js'

// Two entries for each row that expires: what a row is called is the store's affair.
//   01 name        its time
//   00 time name   nothing
const BY_TIME = 0
const BY_NAME = 1
const TIME = 8
const NAME_AT = 1 + TIME
/** Times are whole milliseconds, before the epoch too: biased, so that their bytes sort. */
const BIAS = 2 ** 31

/** An entry by time. */
export interface Due {
  readonly time: number
  readonly name: Uint8Array
}

/** The table that says when rows of a store expire. */
export class ExpiryTable {
  constructor(
    private readonly hot: Operations,
    readonly handle: Handle,
    private readonly store: string,
  ) {}

  /** When a row expires; undefined for never. */
  timeOf(name: Uint8Array): number | undefined {
    const outcome = this.hot.get(this.handle, placeByName(name))
    if (outcome === MISSING) return undefined
    this.#check(outcome)
    return readTime(io.view, 0)
  }

  setByName(name: Uint8Array, time: number | undefined): void {
    const length = placeByName(name)
    if (time === undefined) {
      this.#check(this.hot.remove(this.handle, length))
      return
    }
    writeTime(time, TIMES_AT)
    this.#check(this.hot.put(this.handle, length, TIMES_AT, TIMES_AT + TIME))
  }

  addByTime({ name, time }: Due): void {
    this.#check(this.hot.put(this.handle, placeByTime(name, time), TIMES_AT, TIMES_AT))
  }

  removeByTime({ name, time }: Due): void {
    this.#check(this.hot.remove(this.handle, placeByTime(name, time)))
  }

  /** The first entries that are due, the earliest first. */
  due(now: number, limit: number): (Due & { name: Buffer })[] {
    const memory = lease()
    const from = [BY_TIME].length
    io.bytes[0] = BY_TIME
    io.bytes[UPPER_AT] = BY_TIME
    // All names behind the last time.
    writeTime(Math.min(now, Number.MAX_SAFE_INTEGER) + 1, UPPER_AT + 1)
    const count = this.hot.scan(this.handle, memory.number, INCLUSIVE + UPPER * EXCLUSIVE, from, NAME_AT, limit, limit)
    const due: (Due & { name: Buffer })[] = []
    let at = DATA_AT
    for (let row = 0; row < count; row++) {
      const end = memory.words[HEAD_WORDS + 2 * row]!
      due.push({ time: readTime(memory.view, at + 1), name: copyOut(memory.bytes, at + NAME_AT, end) })
      at = memory.words[HEAD_WORDS + 2 * row + 1]!
    }
    const [low, high] = [memory.words[0]!, memory.words[1]!]
    if (count >= 0 && !(low === NO_SCAN && high === NO_SCAN)) this.hot.scanClose(high * 2 ** 32 + low)
    giveBack(memory)
    this.#check(count)
    return due
  }

  #check(outcome: number): void {
    if (outcome < 0) throw failure(outcome, { store: this.store })
  }
}

function placeByName(name: Uint8Array): number {
  io.bytes[0] = BY_NAME
  io.bytes.set(name, 1)
  return 1 + name.length
}

function placeByTime(name: Uint8Array, time: number): number {
  io.bytes[0] = BY_TIME
  writeTime(time, 1)
  io.bytes.set(name, NAME_AT)
  return NAME_AT + name.length
}

function writeTime(time: number, at: number): void {
  io.view.setUint32(at, Math.floor(time / 2 ** 32) + BIAS)
  io.view.setUint32(at + 4, time >>> 0)
}

function readTime(view: DataView, at: number): number {
  return (view.getUint32(at) - BIAS) * 2 ** 32 + view.getUint32(at + 4)
}
