import type { Key } from '../key.js'
import { damaged } from '../packed-format.js'
import { readTime } from './time.js'
import type { Timeline } from './timeline.js'

// As crates/millpond/src/windowed/meta.rs, an entry of the index before all others:
//   u64   the stream time, biased by 2^63; 0 where the rows say it
//   u64   windows: the shortest length of a row; sessions: one that no row is longer than. Biased as well
export const NOTE_KEY: Key = '\0'
const NOTE = 16
const BIAS = 2n ** 63n

/** What an index in a file says of its rows together; undefined before the first row. */
export function noteOf({ streamTime, span }: Timeline, latest: Key | undefined): Buffer | undefined {
  if (streamTime === -Infinity) return undefined
  const note = Buffer.alloc(NOTE)
  const isSaid = latest !== undefined && readTime(latest, 0) === streamTime
  if (!isSaid) note.writeBigUInt64LE(biased(streamTime), 0)
  note.writeBigUInt64LE(biased(span), 8)
  return note
}

/** What is known of the rows of an index that was read, with its note, from a file. */
export function timelineOf(first: Timeline, note: Uint8Array | undefined, latest: Key | undefined): Timeline {
  const told = note === undefined ? first : readNote(note)
  const reached = latest === undefined ? -Infinity : readTime(latest, 0)
  return { streamTime: Math.max(told.streamTime, reached), span: told.span }
}

function readNote(note: Uint8Array): Timeline {
  if (note.length !== NOTE) throw damaged('the note of an index is none')
  const view = new DataView(note.buffer, note.byteOffset, NOTE)
  const [time, span] = [view.getBigUint64(0, true), view.getBigUint64(8, true)]
  return { streamTime: time === 0n ? -Infinity : unbiased(time), span: unbiased(span) }
}

const biased = (time: number) => BigInt.asUintN(64, BigInt(time) + BIAS)
const unbiased = (time: bigint) => Number(BigInt.asIntN(64, time - BIAS))
