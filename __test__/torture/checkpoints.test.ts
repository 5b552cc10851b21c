import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { lmdb, memory, string, u32 } from '../../src/index.js'
import { temporaryDirectory } from '../engines.js'
import { run } from './child.js'
import { random } from './programs/random.mjs'
import { skip, tally, times } from './tally.js'
import { tmpfs } from './tmpfs.js'

const kills = times('MILLPOND_CHECKPOINT_KILLS', 20)
const part = 'checkpoints'
const rowOptions = { keyCodec: u32(), valueCodec: string() }

describe('checkpoints and restores', () => {
  it(
    'that a kill ends at any moment leave whole states: that of the stores, and the last checkpoint',
    async () => {
      const [stateDir, directory] = [join(temporaryDirectory(), 'state'), join(temporaryDirectory(), 'checkpoints')]
      const below = random(Number(process.env.MILLPOND_SEED ?? 1))
      let last = ''
      for (let kill = 1; kill <= kills; kill++) {
        const child = run('checkpoints', stateDir, directory, kill)
        await child.said('up')
        await setTimeout(below(400))
        child.process.kill('SIGKILL')
        const { signal } = await child.ended
        expect(signal, child.stderr).toBe('SIGKILL')
        ;[last = ''] = await run('checkpoints', stateDir, directory, 'look').lines()
      }
      expect(JSON.parse(last).number).toBeGreaterThan(0)
      // What a kill left of a checkpoint is gone with the next one that removes others.
      const left = readdirSync(directory).filter(name => name.endsWith('.new')).length
      tally(part, { done: kills, note: `${kills} kills, at last ${last}, ${left} files that were begun` })
    },
    60_000 + kills * 5000,
  )

  it('that find no room leave the last checkpoint as it was, and go on when there is some', async () => {
    const { path, refused } = tmpfs(8)
    if (refused !== undefined) return skip(part, refused)
    const directory = join(path, 'checkpoints')
    for (const provider of [memory(), lmdb({ stateDir: join(temporaryDirectory(), 'state') })]) {
      const rows = provider.createKeyValueStore('rows', rowOptions)
      const fill = (value: string) => {
        provider.transactionSync(() => {
          for (let key = 0; key < 20_000; key++) rows.putSync(key, value)
        })
      }
      fill('x'.repeat(100))
      const { id } = await provider.checkpoint(directory, { incremental: true, retain: 1 })
      fill('y'.repeat(300))
      for (let round = 0; round < 3; round++) {
        const refused = provider.checkpoint(directory, { incremental: true })
        await expect(refused).rejects.toMatchObject({ code: 'ERR_MILLPOND_FULL', retryable: true })
        expect(readdirSync(directory).sort()).toEqual([`${id}.data`, `${id}.manifest`])
      }
      const other = memory()
      await other.restoreCheckpoint(directory)
      expect(other.createKeyValueStore('rows', rowOptions).getSync(7)).toBe('x'.repeat(100))
      fill('z'.repeat(90))
      await provider.checkpoint(directory, { incremental: true, retain: 1 })
      await other.restoreCheckpoint(directory)
      expect(other.createKeyValueStore('rows', rowOptions).getSync(7)).toBe('z'.repeat(90))
      using view = rows.snapshot()
      const file = join(path, 'file')
      writeFileSync(file, Buffer.alloc(5 << 20))
      await expect(view.save(join(path, 'other'))).rejects.toMatchObject({ code: 'ERR_MILLPOND_FULL' })
      expect(statSync(file).size).toBe(5 << 20)
      writeFileSync(file, '')
      await Promise.all([provider.close(), other.close()])
    }
  }, 60_000)
})
