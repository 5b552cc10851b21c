import { expect, it } from 'vitest'
import { memory, string, u32 } from '../../../src/index.js'
import { StorageInMemory } from '../../../src/testing/storage-in-memory.js'

const options = { keyCodec: string(), valueCodec: u32() }

it('a checkpoint that another provider wrote meanwhile is not removed by one that keeps few', async () => {
  const storage = new StorageInMemory()
  const [one, other] = [memory(), memory()]
  one.createKeyValueStore('rows', options).putSync('one', 1)
  other.createKeyValueStore('rows', options).putSync('other', 2)
  const write = storage.write.bind(storage)
  let theirs = ''
  let isFirst = true
  storage.write = async (name, data, writing) => {
    if (isFirst) {
      isFirst = false
      theirs = (await other.checkpoint(storage)).id
    }
    await write(name, data, writing)
  }
  const { id } = await one.checkpoint(storage, { retain: 2 })
  const to = memory()
  for (const wanted of [theirs, id]) expect((await to.restoreCheckpoint(storage, { id: wanted })).id).toBe(wanted)
  await Promise.all([one, other, to].map(provider => provider.close()))
})
