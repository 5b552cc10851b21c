import { type Io, ioOver } from '../codec/codec.js'
import { MillpondError } from '../error.js'
import { maybeNative } from './binding.js'

// Keys stand at the beginning of the shared buffer, the upper end of a range at UPPER_AT, values that are written from
// VALUE_AT on. A value that is read overwrites all of it. See crates/millpond-node/src/hot.rs.
export const UPPER_AT = 2048
/** Where times stand as doubles: see crates/millpond-node/src/hot_windowed.rs. */
export const TIMES_AT = 4032
export const VALUE_AT = 4096
/** The most bytes of a value that goes through the shared buffer. */
export const VALUE_ROOM = 64 * 1024
const IO_SIZE = VALUE_AT + VALUE_ROOM

/** Memory that native code reads and writes, by its number there. */
export interface SharedBuffer extends Io {
  readonly number: number
  readonly words: Uint32Array
}

const collected = new FinalizationRegistry<number>(number => {
  byNumber.delete(number)
  maybeNative?.binding.releaseBuffer(number)
})

/** For an engine on this side of the border. */
const byNumber = new Map<number, WeakRef<SharedBuffer>>()

/** Without a binary buffers are numbered here. */
let registered = 0

/** Shares a fresh buffer with native code, until it is collected. It never reaches user code, which could detach it. */
function share(size: number): SharedBuffer {
  return register(new ArrayBuffer(size))
}

/** @internal for the tests of refused buffers */
export function register(memory: ArrayBuffer): SharedBuffer {
  const resizable = (memory as { resizable?: boolean }).resizable === true
  const number = resizable ? -1 : (maybeNative?.binding.registerBuffer(memory) ?? registered++)
  if (number < 0) {
    throw new MillpondError('ERR_MILLPOND_INTERNAL', 'only a whole ArrayBuffer of fixed length can be shared')
  }
  collected.register(memory, number)
  const buffer = { number, words: new Uint32Array(memory), ...ioOver(Buffer.from(memory)) }
  byNumber.set(number, new WeakRef(buffer))
  return buffer
}

/** A buffer that someone holds, by its number. */
export const bufferOf = (number: number): SharedBuffer => byNumber.get(number)!.deref()!

/** The buffer of all point operations in this thread. Nothing in it outlives a call. */
export const io: SharedBuffer = share(IO_SIZE)

/** Native code would write into freed memory: a buffer shows as empty once it was transferred. */
export function assertAttached(buffer: SharedBuffer): void {
  if (buffer.bytes.length === 0) {
    throw new MillpondError('ERR_MILLPOND_INTERNAL', 'the memory shared with native code was transferred away')
  }
}

// ---- buffers that iterators lease, so that a get in a loop's body does not overwrite the rows still to come ----

/** Where rows begin in a leased buffer, and where their ends stand: see crates/millpond-node/src/rows.rs. */
export const ROWS = 512
export const HEAD_WORDS = 2
export const DATA_AT = (HEAD_WORDS + 2 * ROWS) * 4
export const LEASE_SIZE = DATA_AT + 64 * 1024
export const LARGE = 2 ** 32 - 1
export const ABSENT = 2 ** 32 - 2
/** In both words of a scan's handle: there are no more rows. */
export const NO_SCAN = 2 ** 32 - 1

const idle: SharedBuffer[] = []
const MOST_IDLE = 16

/** A buffer for one iteration. Who leases it gives it back, or lets it go with the collector. */
export function lease(): SharedBuffer {
  const buffer = idle.pop() ?? share(LEASE_SIZE)
  assertAttached(buffer)
  return buffer
}

/** Gives a buffer back; it must not be used any more. */
export function giveBack(buffer: SharedBuffer): void {
  if (idle.length < MOST_IDLE) idle.push(buffer)
}
