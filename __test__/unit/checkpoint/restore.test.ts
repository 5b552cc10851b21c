import { expect, it } from 'vitest'
import { memory, string, u32 } from '../../../src/index.js'
import { StorageInMemory } from '../../../src/testing/storage-in-memory.js'

const options = { keyCodec: string(), valueCodec: u32() }

it('a store that restored without being opened is refused where it is of another kind', async () => {
  const [one, other, storage, windows] = [memory(), memory(), new StorageInMemory(), new StorageInMemory()]
  one.createKeyValueStore('rows', options).putSync('a', 1)
  other.createWindowStore('rows', { ...options, windowSize: 10 }).putSync('a', 1, 1)
  await one.checkpoint(storage)
  await other.checkpoint(windows)
  const target = memory()
  await target.restoreCheckpoint(storage)
  await expect(target.restoreCheckpoint(windows)).rejects.toMatchObject({ code: 'ERR_MILLPOND_STORE_MISMATCH' })
  expect(target.createKeyValueStore('rows', options).getSync('a')).toBe(1)
  await Promise.all([one, other, target].map(provider => provider.close()))
})
