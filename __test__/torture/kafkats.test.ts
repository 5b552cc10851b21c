import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../engines.js'
import { Child, program } from './child.js'
import { random } from './programs/random.mjs'
import { tally, times } from './tally.js'

const cycles = times('MILLPOND_KAFKATS_KILLS', 30)
const guarantees = ['at_least_once', 'exactly_once'] as const
/** More than is done before the last kill. */
const EVENTS = 20_000

/** Lives of one application, each killed at some moment; returns what the last one counted, and where kills hit. */
async function lives(guarantee: (typeof guarantees)[number], kills: number) {
  const directory = temporaryDirectory()
  const args = [program('kafkats'), join(directory, 'state'), guarantee, join(directory, 'broker'), EVENTS]
  const below = random(Number(process.env.MILLPOND_SEED ?? 1))
  const hits = { opening: 0, running: 0 }
  for (let life = 0; life < kills; life++) {
    const child = new Child(process.execPath, args)
    const wanted = life % 5 === 0 ? 'up' : 'compared'
    await child.said(wanted)
    await Promise.race([setTimeout(below(400)), child.ended])
    child.process.kill('SIGKILL')
    const { code } = await child.ended
    expect(code, child.stderr).not.toBe(1)
    hits[child.stdout.includes('compared') ? 'running' : 'opening']++
  }
  const last = new Child(process.execPath, [...args, 'end'])
  const lines = await last.lines()
  return { counted: JSON.parse(lines.at(-1)!) as Record<string, Record<string, number>>, hits }
}

describe('a flow application that is killed again and again', () => {
  const found: string[] = []
  it.concurrent.each(guarantees)(
    '%s: state and positions agree at each start, and all is counted in the end',
    async guarantee => {
      const { counted, hits } = await lives(guarantee, cycles / 2)
      for (const [store, counts] of Object.entries(counted)) {
        const sum = Object.values(counts).reduce((sum, count) => sum + count, 0)
        if (guarantee === 'exactly_once') expect({ store, sum }).toEqual({ store, sum: EVENTS })
        else if (store !== 'sessions') expect(sum, store).toBeGreaterThanOrEqual(EVENTS)
      }
      found.push(`${guarantee}: ${hits.opening} while opening, ${hits.running} while running`)
      if (found.length === guarantees.length) tally('kill -9 of a flow application', { done: cycles, note: found.join('; ') })
    },
    120_000 + cycles * 3000,
  )
})
