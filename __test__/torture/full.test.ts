import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../engines.js'
import { run } from './child.js'
import { skip, tally, times } from './tally.js'
import { tmpfs } from './tmpfs.js'

const rounds = times('MILLPOND_FULL_ROUNDS', 3)
const part = 'a full tmpfs'

describe('a full file system', () => {
  it.each(['own', 'others'])(
    'filled by %s data ends nothing, loses nothing that was acknowledged, and is written again when there is room',
    async filler => {
      const { path, refused } = tmpfs(32)
      if (refused !== undefined) return skip(part, refused)
      const told = join(temporaryDirectory(), 'told')
      writeFileSync(told, Buffer.alloc(64))
      const files = [told, join(path, 'ballast'), filler] as const
      const [counted] = (await run('full', join(path, 'state'), rounds, 1, ...files).lines()).slice(-1)
      const counts = JSON.parse(counted!)
      expect(counts.refused).toBeGreaterThanOrEqual(rounds)
      expect(counts.deleted).toBeGreaterThan(rounds)
      tally(part, { done: rounds, note: `${filler} data: ${counted}` })
    },
    60_000 + rounds * 5000,
  )

  it('that is full when the process is killed has what was acknowledged, once it can be opened', async () => {
    const { path, refused } = tmpfs(32)
    if (refused !== undefined) return skip(part, refused)
    const [told, ballast] = [join(temporaryDirectory(), 'told'), join(path, 'ballast')]
    writeFileSync(told, Buffer.alloc(64))
    for (let kill = 1; kill <= rounds; kill++) {
      const child = run('full', join(path, 'state'), 100, kill, told, ballast, 'own')
      await child.said(`full ${kill % 3}`)
      child.process.kill('SIGKILL')
      await child.ended
      rmSync(ballast, { force: true })
    }
    await run('full', join(path, 'state'), 1, 1, told, ballast, 'own').lines()
    tally(part, { done: rounds, note: `${rounds} kills while it was full` })
  }, 120_000)
})
