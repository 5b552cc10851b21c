import { appendFileSync } from 'node:fs'

/** How often something is done: the number that `npm run torture` asks for by a variable, or a slice for every run. */
export function times(variable: string, slice: number): number {
  return Number(process.env[variable] ?? slice)
}

interface Tally {
  done: number
  lost?: number
  invented?: number
  note?: string
}

/** Tells `npm run torture` what was done of a part; nobody otherwise. */
export function tally(part: string, { done, lost = 0, invented = 0, note }: Tally): void {
  const path = process.env.MILLPOND_TALLY
  if (path) appendFileSync(path, `${JSON.stringify({ part, done, lost, invented, note })}\n`)
}

/** Says why a part can't be done here. */
export function skip(part: string, reason: string): void {
  console.log(`skipped: ${part}: ${reason}`)
  const path = process.env.MILLPOND_TALLY
  if (path) appendFileSync(path, `${JSON.stringify({ part, skipped: reason })}\n`)
}
