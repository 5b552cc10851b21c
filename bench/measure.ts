import type { Round, Rounds } from './workload.js'

/** Nanoseconds an operation. */
export interface Figure {
  readonly best: number
  readonly median: number
  readonly mean: number
}

/** By the name of what was timed: '' where it is one thing. */
export type Figures = Readonly<Record<string, Figure>>

/** The time that a share of all times, from 0 to 1, does not exceed. */
export function percentile(times: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(times).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export function summarise(times: readonly number[]): Figure {
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length
  return { best: Math.min(...times), median: median(times), mean }
}

/** For what is one number already: a percentile, or the mean of a long run. */
export const single = (time: number): Figure => ({ best: time, median: time, mean: time })

/** What all rounds returned together: nothing that was read can be optimised away, for it is printed. */
export let read = 0

async function time(round: Round): Promise<number> {
  round.prepare()
  const start = performance.now()
  const result = round.run()
  const sum = typeof result === 'number' ? result : await result
  const elapsed = performance.now() - start
  read = (read + sum) % 1e9
  return (elapsed * 1e6) / round.operations
}

const LEAST_ROUNDS = 20

/** Runs each of the rounds in turn, over and over, for so long. */
async function repeat(rounds: Rounds, milliseconds: number): Promise<Map<string, number[]>> {
  const names = Object.keys(rounds)
  const times = new Map(names.map(name => [name, [] as number[]]))
  const end = performance.now() + milliseconds * names.length
  for (let i = 0; i < LEAST_ROUNDS || performance.now() < end; i++) {
    for (const name of names) times.get(name)!.push(await time(rounds[name]!))
  }
  return times
}

const figures = (times: Map<string, number[]>): Figures =>
  Object.fromEntries(Array.from(times, ([name, numbers]) => [name, summarise(numbers)]))

export async function measure(rounds: Rounds, warmUp: number, milliseconds: number): Promise<Figures> {
  await repeat(rounds, warmUp)
  return figures(await repeat(rounds, milliseconds))
}

/** For what can be done once only: so many operations, the first ones included. */
export async function measureOnce(rounds: Rounds, operations: number): Promise<Figures> {
  const times = new Map<string, number[]>()
  for (const [name, round] of Object.entries(rounds)) {
    const each: number[] = []
    for (let i = 0; i < Math.ceil(operations / round.operations); i++) each.push(await time(round))
    times.set(name, each)
  }
  return figures(times)
}
