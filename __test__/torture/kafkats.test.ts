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

/** Lives of one application, killed at some moment or stopped by an error; returns what the last one counted, and how they ended. */
async function lives(guarantee: (typeof guarantees)[number], kills: number) {
  const directory = temporaryDirectory()
  const args = [program('kafkats'), join(directory, 'state'), guarantee, join(directory, 'broker'), EVENTS]
  const below = random(Number(process.env.MILLPOND_SEED ?? 1))
  const ends = { 'killed while opening': 0, 'killed while running': 0, 'stopped by an error': 0 }
  for (let life = 0; life < kills; life++) {
    const fuse = below(4) === 0 ? 1 + below(200) : 0
    const child = new Child(process.execPath, [...args, fuse])
    const early = life % 5 === 0
    await child.said(early ? 'up' : 'compared')
    await Promise.race([setTimeout(below(early ? 40 : 400)), child.ended])
    child.process.kill('SIGKILL')
    const { code, signal } = await child.ended
    expect(code ?? signal, child.stderr).toBeOneOf([0, 'SIGKILL'])
    if (child.stdout.includes('blown')) ends['stopped by an error']++
    else ends[child.stdout.includes('compared') ? 'killed while running' : 'killed while opening']++
  }
  const last = new Child(process.execPath, [...args, 'end'])
  const lines = await last.lines()
  return { counted: JSON.parse(lines.at(-1)!) as Record<string, Record<string, number>>, ends }
}

describe('a flow application that is killed again and again', () => {
  const found: string[] = []
  it.concurrent.each(guarantees)(
    '%s: state and positions agree at each start, and all is counted in the end',
    async guarantee => {
      const { counted, ends } = await lives(guarantee, cycles / 2)
      for (const [store, counts] of Object.entries(counted)) {
        const sum = Object.values(counts).reduce((sum, count) => sum + count, 0)
        if (guarantee === 'exactly_once') expect({ store, sum }).toEqual({ store, sum: EVENTS })
        else if (store !== 'sessions') expect(sum, store).toBeGreaterThanOrEqual(EVENTS)
      }
      found.push(`${guarantee}: ${Object.entries(ends).map(([how, number]) => `${number} ${how}`)}`)
      if (found.length === guarantees.length)
        tally('kill -9 of a flow application', { done: cycles, note: found.join('; ') })
    },
    120_000 + cycles * 3000,
  )
})
