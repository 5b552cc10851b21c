import { describe, invalidArgument, outOfRange } from '../error.js'

/** A length of time: milliseconds, or a whole number with a unit, as in `'15m'`. */
export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h` | `${number}d`

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The milliseconds of a duration, which is `least` long or more. */
export function milliseconds(duration: Duration, name: string, least: number): number {
  const length = parse(duration, name)
  if (Number.isSafeInteger(length) && length >= least) return length
  throw outOfRange(`${name}: expected a whole number of milliseconds from ${least} on, got ${describe(duration)}`)
}

function parse(duration: unknown, name: string): number {
  if (typeof duration === 'number') return duration
  const [, digits, unit] = (typeof duration === 'string' && /^(\d+)(ms|s|m|h|d)$/.exec(duration)) || []
  if (digits !== undefined) return Number(digits) * UNITS[unit!]!
  throw invalidArgument(`${name}: expected milliseconds or a duration as '15m', got ${describe(duration)}`)
}
