import type { Round, Rounds } from './workload.js'

/** Nanoseconds an operation. */
export interface Figure {
  readonly best: number
  readonly median: number
  readonly mean: number
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function summarise(times: readonly number[]): Figure {
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length
  return { best: Math.min(...times), median: median(times), mean }
}

/** What all rounds returned together: nothing that was read can be optimised away, for it is printed. */
export let read = 0

function time(round: Round): number {
  round.prepare()
  const start = performance.now()
  const sum = round.run()
  const elapsed = performance.now() - start
  read = (read + sum) % 1e9
  return (elapsed * 1e6) / round.operations
}

const LEAST_ROUNDS = 20

/** Runs each of the rounds in turn, over and over, for so long. */
function repeat(rounds: Rounds, milliseconds: number): Map<string, number[]> {
  const names = Object.keys(rounds)
  const times = new Map(names.map(name => [name, [] as number[]]))
  const end = performance.now() + milliseconds * names.length
  for (let i = 0; i < LEAST_ROUNDS || performance.now() < end; i++) {
    for (const name of names) times.get(name)!.push(time(rounds[name]!))
  }
  return times
}

const figures = (times: Map<string, number[]>) =>
  Object.fromEntries(Array.from(times, ([name, numbers]) => [name, summarise(numbers)]))

export function measure(rounds: Rounds, warmUp: number, milliseconds: number): Record<string, Figure> {
  repeat(rounds, warmUp)
  return figures(repeat(rounds, milliseconds))
}

/** For what can be done once only: so many operations, the first ones included. */
export function measureOnce(rounds: Rounds, operations: number): Record<string, Figure> {
  const each = Object.entries(rounds).map(([name, round]): [string, number[]] => {
    const count = Math.ceil(operations / round.operations)
    return [name, Array.from({ length: count }, () => time(round))]
  })
  return figures(new Map(each))
}
