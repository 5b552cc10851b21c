import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../engines.js'
import { Child, program } from './child.js'
import { random } from './programs/random.mjs'
import { endings, phases, Told } from './programs/told.mjs'
import { tally, times } from './tally.js'

const cycles = times('MILLPOND_NODE_KILLS', 30)

/** Adds one to a count by name. */
function count(counts: Record<string, number>, name: string) {
  counts[name] = (counts[name] ?? 0) + 1
}

/** Lives that follow each other in one directory, each of which begins by looking at what the one before has left. */
async function lives(commits: 'auto' | 'manual', lives: number) {
  const [stateDir, told] = [join(temporaryDirectory(), 'state'), join(temporaryDirectory(), 'told')]
  writeFileSync(told, Buffer.alloc(64))
  const below = random(Number(process.env.MILLPOND_SEED ?? 1))
  const ends: Record<string, number> = {}
  for (let life = 0; life < lives; life++) {
    const child = new Child(process.execPath, [program('write'), stateDir, commits, 1 + below(1e9), told])
    await child.said('up')
    // Some are left to end on their own, some killed while they open.
    const patience = [10_000, below(250), below(250), below(25)][below(4)]
    await Promise.race([setTimeout(patience), child.ended])
    child.process.kill('SIGKILL')
    const { code, signal } = await child.ended
    const { ending = 0, phase = 0 } = Told.read(told)
    if (signal === 'SIGKILL') {
      new Told(told).cut()
      count(ends, `killed ${phases[phase]}`)
    } else {
      const ended = endings[ending]!
      expect([ended, code], child.stderr).toEqual([ended, { throw: 1, 'nothing left to do': 13 }[ended] ?? 0])
      expect(phases[phase], child.stderr).toBe('ending')
      if (ended === 'throw') expect(child.stderr).toContain('on purpose')
      count(ends, ended)
    }
  }
  const look = new Child(process.execPath, [program('write'), stateDir, commits, 'look', told])
  const [, batches] = await look.lines()
  return { batches: Number(batches), ends }
}

describe('a process that writes and ends at any moment', () => {
  const found: string[] = []
  it.concurrent.each(['auto', 'manual'] as const)(
    "with commits: '%s' leaves what was acknowledged, whole batches, and nothing that was not written",
    async commits => {
      const { batches, ends } = await lives(commits, cycles / 2)
      expect(batches).toBeGreaterThan(cycles)
      found.push(`${commits}: ${batches} batches, ${Object.entries(ends).map(([how, number]) => `${number} ${how}`)}`)
      if (found.length === 2) tally('kill -9 through Node', { done: cycles, note: found.join('; ') })
    },
    60_000 + cycles * 2000,
  )
})
