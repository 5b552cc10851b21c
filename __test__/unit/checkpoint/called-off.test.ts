import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { memory, string, u32 } from '../../../src/index.js'
import { StorageInMemory } from '../../../src/testing/storage-in-memory.js'
import { temporaryDirectory } from '../../engines.js'

it.runIf(process.platform === 'linux')(
  'what no storage read is called off: the thread that writes it ends',
  async () => {
    const provider = memory()
    const rows = provider.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: string() })
    for (let key = 0; key < 16; key++) rows.putSync(key, 'v'.repeat(1 << 20))
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'file.new'))
    const threads = () => readdirSync('/proc/self/task').length
    const before = threads()
    const view = rows.snapshot()
    for (let i = 0; i < 5; i++) await expect(view.save(join(directory, 'file'))).rejects.toThrow()
    view[Symbol.dispose]()
    const storage = new StorageInMemory()
    storage.write = async () => {
      throw new Error('no room')
    }
    for (let i = 0; i < 5; i++) await expect(provider.checkpoint(storage)).rejects.toThrow('no room')
    await expect.poll(threads).toBeLessThan(before + 3)
    await provider.close()
  },
)
