import { OVERFLOW, WRONG_LAYOUT } from '../native/status.js'
import { Refusal } from './refusal.js'

// Numbers stand as the codecs write them: big-endian, and so that bytes sort as numbers do. As crates/millpond/src/number.rs.

/** A type of numbers, as a value or a field holds them. */
export interface NumberType<N extends number | bigint = any> {
  readonly width: number
  readonly zero: N
  /** Reads what stands in `bytes8`, and writes there. */
  read(): N
  write(value: N): void
  /** Whether a sum is in the range of the type. */
  takes(value: N): boolean
}

/** Where one number is read and written. A view of a value itself would move its bytes out of the heap for good. */
const bytes8 = new Uint8Array(8)
const view8 = new DataView(bytes8.buffer)

const SIGN = 2n ** 63n
const SIGN_WORD = 2 ** 31

const u32: NumberType<number> = {
  width: 4,
  zero: 0,
  read: () => view8.getUint32(0),
  write: value => view8.setUint32(0, value),
  takes: value => value >= 0 && value < 2 ** 32,
}

const u64: NumberType<bigint> = {
  width: 8,
  zero: 0n,
  read: () => view8.getBigUint64(0),
  write: value => view8.setBigUint64(0, value),
  takes: value => value >= 0n && value < 2n ** 64n,
}

const i64: NumberType<bigint> = {
  width: 8,
  zero: 0n,
  read: () => view8.getBigUint64(0) - SIGN,
  write: value => view8.setBigUint64(0, value + SIGN),
  takes: value => value >= -SIGN && value < SIGN,
}

const f64: NumberType<number> = {
  width: 8,
  zero: 0,
  read() {
    const isPositive = view8.getUint32(0) >= SIGN_WORD
    flip(isPositive)
    return view8.getFloat64(0)
  },
  write(value) {
    // A negative zero becomes a positive one: equal numbers have equal bytes.
    view8.setFloat64(0, value + 0)
    const isPositive = view8.getUint32(0) < SIGN_WORD
    flip(isPositive)
  },
  takes: value => !Number.isNaN(value),
}

/** Flips the sign of a positive number, and all bits of a negative one. */
function flip(isPositive: boolean): void {
  view8.setUint32(0, view8.getUint32(0) ^ (isPositive ? SIGN_WORD : -1))
  if (!isPositive) view8.setUint32(4, ~view8.getUint32(4))
}

/** As `KINDS` of src/store/numbers.ts numbers them. */
export const numberTypes: readonly NumberType[] = [u32, u64, i64, f64]

export function readNumber(type: NumberType, bytes: Uint8Array, at: number): any {
  for (let i = 0; i < type.width; i++) bytes8[i] = bytes[at + i]!
  return type.read()
}

export function writeNumber(type: NumberType, bytes: Uint8Array, at: number, number: any): void {
  type.write(number)
  for (let i = 0; i < type.width; i++) bytes[at + i] = bytes8[i]!
}

/** The sum of two numbers, or their difference. */
export function sumOf(type: NumberType, number: any, delta: any, subtracts: boolean): any {
  const sum = subtracts ? number - delta : number + delta
  if (!type.takes(sum)) throw new Refusal(OVERFLOW)
  return sum
}

/** A value as the number that it is. */
export function numberIn(type: NumberType, value: Uint8Array): any {
  if (value.length !== type.width) throw new Refusal(WRONG_LAYOUT)
  return readNumber(type, value, 0)
}

/** A value of its own for a number. */
export function valueFor(type: NumberType, number: any): Uint8Array {
  const value = new Uint8Array(type.width)
  writeNumber(type, value, 0, number)
  return value
}
