import { describe, invalidArgument, outOfRange } from '../error.js'

/** Checks a time of a row: a whole number of milliseconds, before the epoch or after. */
export function checkTime(time: unknown, name: string): asserts time is number {
  if (Number.isSafeInteger(time)) return
  if (Number.isInteger(time)) throw outOfRange(`${name}: expected a safe integer, got ${time}`)
  throw invalidArgument(`${name}: expected a whole number of milliseconds, got ${describe(time)}`)
}

/** Checks a bound of times that are looked for: an infinite one is fine. */
export function checkBound(time: unknown, name: string): asserts time is number {
  if (Number.isInteger(time) || time === Infinity || time === -Infinity) return
  throw invalidArgument(`${name}: expected a whole number of milliseconds or infinity, got ${describe(time)}`)
}

/** Checks a length of time. */
export function checkLength(least: number) {
  return (time: unknown, name: string): void => {
    if (typeof time !== 'number')
      throw invalidArgument(`${name}: expected a number of milliseconds, got ${describe(time)}`)
    if (!Number.isSafeInteger(time) || time < least) {
      throw outOfRange(`${name}: expected a whole number of milliseconds from ${least} on, got ${time}`)
    }
  }
}

/** Checks the end of a row by its start. */
export function checkEnd(start: number, end: unknown, name: string): asserts end is number {
  checkTime(end, name)
  if (end < start) throw outOfRange(`${name}: ${end} is before the start, ${start}`)
}
