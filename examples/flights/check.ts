import { Mismatch } from './complaint.js'
import type { Measures } from './source.js'
import { isDelayed, type Tally } from './tally.js'

/** Adds up a batch column by column, with no state in between: the count that the stores are held against. */
export function addColumns(totals: Tally, { delay, distance }: Measures): void {
  totals.flights += delay.length
  for (const minutes of delay) {
    totals.delaySum += minutes
    if (isDelayed(minutes)) totals.delayed += 1
    totals.delayMax = Math.max(totals.delayMax, minutes)
  }
  for (const miles of distance) totals.distance += miles
}

type Sums = Partial<Tally>

/**
 * Throws a Mismatch that names every field of `totals` in which `rows` do not add up to them. All are whole: no rounding.
 */
export function assertAddsUp<T extends Sums>(
  store: string,
  rows: readonly Pick<Tally, keyof T & keyof Tally>[],
  totals: T,
): void {
  const fields = Object.keys(totals) as (keyof T & keyof Tally)[]
  const wrong = fields.flatMap(field => {
    const sum = field === 'delayMax' ? greatest(rows, row => row[field]) : sumOf(rows, row => row[field])
    return sum === totals[field] ? [] : `${field} is ${sum} in the store and ${totals[field]} in the file`
  })
  if (wrong.length > 0) throw new Mismatch(`${store} do not add up: ${wrong.join('; ')}`)
}

const sumOf = <R>(rows: readonly R[], of: (row: R) => number) => rows.reduce((sum, row) => sum + of(row), 0)
const greatest = <R>(rows: readonly R[], of: (row: R) => number) =>
  rows.reduce((max, row) => Math.max(max, of(row)), -Infinity)
