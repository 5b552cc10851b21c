import { type Ended, runChild } from './run.js'

export interface Plan {
  readonly kills: number
  /** How long a run takes that nobody interrupts, and how much of it it counts. */
  readonly runMs: number
  readonly countingMs: number
  say(line: string): void
}

/** Runs the job until it was killed so many times. One that finishes before its kill does not count. */
export async function interrupt(args: readonly string[], plan: Plan): Promise<void> {
  for (let killed = 0; killed < plan.kills; ) {
    const run = await runChild(args, momentIn(plan))
    if (run.killed) killed += 1
    const what = run.killed ? `kill ${String(killed).padStart(String(plan.kills).length)}` : 'finished before its kill'
    plan.say(`${what} after ${String(Math.round(run.ms)).padStart(5)} ms. ${beginningIn(run)}`)
  }
}

/** Some come while the job opens its state; all together they take it well into the input, and hardly to its end. */
function momentIn({ kills, runMs, countingMs }: Plan): number {
  const opensMs = runMs - countingMs
  return Math.round(opensMs / 2 + Math.random() * (opensMs / 2 + (3 * countingMs) / (kills + 1)))
}

/** The job says first where its state is, then where it begins. */
function beginningIn({ stderr }: Ended): string {
  return stderr.split('\n')[1] || 'It had not opened its state.'
}
