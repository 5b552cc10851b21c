import type { NumberKind } from '../codec/codec.js'
import { OVERFLOW, WRONG_LAYOUT } from '../native/status.js'
import { Refusal } from './refusal.js'

// Numbers stand as the codecs write them: big-endian, and so that bytes sort as numbers do. As crates/millpond/src/number.rs.

/** A type of numbers, as a value or a field holds them. */
export interface NumberType<N extends number | bigint = any> {
  readonly width: number
  readonly zero: N
  read(view: DataView, at: number): N
  write(view: DataView, at: number, value: N): void
  /** Whether a sum is in the range of the type. */
  takes(value: N): boolean
}

const SIGN = 2n ** 63n
const SIGN_WORD = 2 ** 31

const u32: NumberType<number> = {
  width: 4,
  zero: 0,
  read: (view, at) => view.getUint32(at),
  write: (view, at, value) => view.setUint32(at, value),
  takes: value => value >= 0 && value < 2 ** 32,
}

const u64: NumberType<bigint> = {
  width: 8,
  zero: 0n,
  read: (view, at) => view.getBigUint64(at),
  write: (view, at, value) => view.setBigUint64(at, value),
  takes: value => value >= 0n && value < 2n ** 64n,
}

const i64: NumberType<bigint> = {
  width: 8,
  zero: 0n,
  read: (view, at) => view.getBigUint64(at) - SIGN,
  write: (view, at, value) => view.setBigUint64(at, value + SIGN),
  takes: value => value >= -SIGN && value < SIGN,
}

const scratch = new DataView(new ArrayBuffer(8))

const f64: NumberType<number> = {
  width: 8,
  zero: 0,
  read(view, at) {
    const [high, low] = [view.getUint32(at), view.getUint32(at + 4)]
    const isPositive = high >= SIGN_WORD
    scratch.setUint32(0, isPositive ? high - SIGN_WORD : ~high)
    scratch.setUint32(4, isPositive ? low : ~low)
    return scratch.getFloat64(0)
  },
  write(view, at, value) {
    // A negative zero becomes a positive one: equal numbers have equal bytes.
    scratch.setFloat64(0, value + 0)
    const [high, low] = [scratch.getUint32(0), scratch.getUint32(4)]
    const isPositive = high < SIGN_WORD
    view.setUint32(at, isPositive ? high + SIGN_WORD : ~high)
    view.setUint32(at + 4, isPositive ? low : ~low)
  },
  takes: value => !Number.isNaN(value),
}

const types: Record<NumberKind, NumberType> = { u32, u64, i64, f64 }
/** As `KINDS` of src/store/numbers.ts numbers them. */
export const numberTypes: readonly NumberType[] = [types.u32, types.u64, types.i64, types.f64]

/** The sum of two numbers, or their difference. */
export function sumOf(type: NumberType, number: any, delta: any, subtracts: boolean): any {
  const sum = subtracts ? number - delta : number + delta
  if (!type.takes(sum)) throw new Refusal(OVERFLOW)
  return sum
}

/** A value as the number that it is. */
export function numberIn(type: NumberType, value: Uint8Array): any {
  if (value.length !== type.width) throw new Refusal(WRONG_LAYOUT)
  return type.read(viewOf(value), 0)
}

/** A value of its own for a number. */
export function valueFor(type: NumberType, number: any): Uint8Array {
  const value = new Uint8Array(type.width)
  type.write(viewOf(value), 0, number)
  return value
}

export const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
