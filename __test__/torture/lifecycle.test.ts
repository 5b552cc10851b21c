import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../engines.js'
import { Child, program, run } from './child.js'
import { tally, times } from './tally.js'

const terminations = times('MILLPOND_TERMINATIONS', 15)
const opens = times('MILLPOND_OPENS', 200)
const stateDir = () => join(temporaryDirectory(), 'state')

describe('a thread that writes', () => {
  it(
    'and is terminated in flight leaves the directory unlocked and all that was acknowledged',
    async () => {
      const [counted] = await run('threads', stateDir(), terminations, 1).lines()
      expect(JSON.parse(counted!).batches).toBeGreaterThan(terminations)
      tally('threads terminated', { done: terminations, note: counted! })
    },
    60_000 + 2000 * terminations,
  )
})

describe('a directory', () => {
  it(
    'is opened and closed in one process as often as one likes, and no file, thread or memory is left of it',
    async () => {
      const child = new Child(process.execPath, ['--expose-gc', program('opens'), stateDir(), opens])
      onTestFinished(() => void child.process.kill('SIGKILL'))
      const [counted] = await child.lines()
      tally('opens and closes', { done: opens, note: counted! })
    },
    60_000 + 100 * opens,
  )
})
