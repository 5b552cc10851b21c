import { readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { DirectoryStorage } from '../../../src/checkpoint/directory.js'
import { testCheckpointStorage } from '../../../src/testing/index.js'
import { StorageInMemory } from '../../../src/testing/storage-in-memory.js'
import { temporaryDirectory } from '../../engines.js'

const runner = { afterEach, describe, expect, it }

testCheckpointStorage(runner, 'a directory', () => new DirectoryStorage(join(temporaryDirectory(), 'made', 'here')))
testCheckpointStorage(runner, 'in memory', () => new StorageInMemory())

it('what a killed process had begun is removed from a directory, and what is being written is not', async () => {
  const directory = temporaryDirectory()
  const [old, fresh] = [join(directory, '0000000001-00000000.data.new'), join(directory, 'fresh.new')]
  for (const path of [old, fresh]) writeFileSync(path, 'half')
  utimesSync(old, 1, 1)
  async function* data() {
    yield Buffer.from('whole')
  }
  await new DirectoryStorage(directory).write('name', data())
  expect(readdirSync(directory).sort()).toEqual(['fresh.new', 'name'])
})

it('files of others in a directory of checkpoints stay, whatever they are called', async () => {
  const directory = temporaryDirectory()
  const other = join(directory, 'settings.new')
  writeFileSync(other, 'of somebody else')
  utimesSync(other, 1, 1)
  async function* data() {
    yield Buffer.from('whole')
  }
  await new DirectoryStorage(directory).write('name', data())
  expect(readdirSync(directory).sort()).toEqual(['name', 'settings.new'])
})
