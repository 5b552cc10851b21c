import { Mismatch } from './complaint.js'
import type { Measures } from './source.js'
import { emptyTally, isDelayed, type Tally } from './tally.js'

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

function sumOf(rows: Iterable<Tally>): Tally {
  const sum = emptyTally()
  for (const row of rows) {
    sum.flights += row.flights
    sum.delayed += row.delayed
    sum.delaySum += row.delaySum
    sum.delayMax = Math.max(sum.delayMax, row.delayMax)
    sum.distance += row.distance
  }
  return sum
}

/** Throws a Mismatch that names every field in which `rows` do not add up to `totals`. All are whole: no rounding. */
export function assertAddsUp(store: string, rows: Iterable<Tally>, totals: Tally): void {
  const sum = sumOf(rows)
  const wrong = (Object.keys(totals) as (keyof Tally)[])
    .filter(field => sum[field] !== totals[field])
    .map(field => `${field} is ${sum[field]} in the store and ${totals[field]} in the file`)
  if (wrong.length > 0) throw new Mismatch(`${store} do not add up: ${wrong.join('; ')}`)
}
