import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../engines.js'
import { run } from './child.js'
import { tally, times } from './tally.js'

const merges = times('MILLPOND_MERGES', 30)

function directory() {
  const told = join(temporaryDirectory(), 'told')
  writeFileSync(told, Buffer.alloc(64))
  return { told, stateDir: join(temporaryDirectory(), 'state') }
}

describe('a process that only reads', () => {
  it(
    'sees whole commits, each as soon as it was acknowledged, through merge after merge',
    async () => {
      const { told, stateDir } = directory()
      await run('merges', stateDir, 1, 300, told).lines()
      const reader = run('watch', stateDir, told)
      await reader.said('reading')
      const writer = run('merges', stateDir, merges, 300, told)
      await writer.lines()
      reader.process.stdin!.end()
      const counted = (await reader.lines()).at(-1)!
      const { number, refreshes } = JSON.parse(counted)
      expect(refreshes).toBeGreaterThan(merges / 10)
      expect(number).toBeGreaterThan(1)
      tally('merges under a reader', { done: merges, note: counted })
    },
    60_000 + 100 * merges,
  )

  it('and was killed does not keep pages from being used again, without a reopen of the writer', async () => {
    const { told, stateDir } = directory()
    await run('merges', stateDir, 2, 2000, told).lines()
    const writer = run('merges', stateDir, 600, 2000, told)
    await writer.said('writing')
    const reader = run('hold', stateDir)
    await reader.said('holding')
    reader.process.kill('SIGKILL')
    await reader.ended
    const { half, end } = JSON.parse((await writer.lines()).at(-1)!)
    expect(end).toBeLessThanOrEqual(1.2 * half)
    tally('a killed reader', { done: 1, note: `data.mdb ${half} bytes, then ${end}` })
  })
})
