import { types } from 'node:util'
import { describe, invalidArgument } from '../error.js'
import { fromPacking, type KeyCodec, type Packing } from './codec.js'
import { corrupt, wrongWidth } from './corrupt.js'

const WORD = 2 ** 32
const LATEST = 8.64e15

/** The intrinsic one: what a subclass or an own property says about the time is user code. */
const { getTime } = Date.prototype

const packs: Packing<Date> = {
  width: 8,
  measure: () => 8,
  pack(value, io, at) {
    if (!types.isDate(value)) throw invalidArgument(`date: expected a Date, got ${describe(value)}`)
    const time = getTime.call(value)
    if (Number.isNaN(time)) throw invalidArgument('date: expected a valid Date, got an invalid one')
    const high = Math.floor(time / WORD)
    io.view.setInt32(at, high ^ 0x80000000)
    io.view.setUint32(at + 4, time - high * WORD)
    return at + 8
  },
  unpack(io, at, end) {
    if (end - at !== 8) throw wrongWidth('date', 8, end - at)
    const time = (io.view.getInt32(at) ^ 0x80000000) * WORD + io.view.getUint32(at + 4)
    if (Math.abs(time) > LATEST) throw corrupt('date: these bytes are no time that a Date can hold')
    return new Date(time)
  },
}

/**
 * Dates: milliseconds since the epoch in 8 bytes, earlier ones first, those before 1970 too.
 *
 * @throws {TypeError} at encode, for an invalid Date and for anything that isn't a Date
 */
export const date = (): KeyCodec<Date> => fromPacking('date', packs) as unknown as KeyCodec<Date>
