import { setImmediate } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bytes, type MemoryOptions, memory, u32 } from '../../../src/index.js'
import { StorageInMemory } from '../../../src/testing/storage-in-memory.js'

function rowsOf(options: MemoryOptions = {}) {
  const provider = memory({ ...options, engine: 'portable' })
  onTestFinished(() => provider.close())
  const rows = provider.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: bytes() })
  const fill = (count: number, byte: number) => {
    for (let key = 0; key < count; key++) rows.putSync(key, Buffer.alloc(100, byte))
  }
  return { provider, rows, fill, used: () => provider.stats().nativeBytes }
}

/** How often others had their turn until a promise was settled. */
async function turnsBeside(work: Promise<unknown>): Promise<number> {
  let [isOver, turns] = [false, 0]
  const over = work.finally(() => {
    isOver = true
  })
  for (; !isOver; turns++) await setImmediate()
  await over
  return turns
}

describe('checkpoints of the portable engine', () => {
  it('let others have their turn while they are written, and while they are read', async () => {
    const [{ provider, fill }, storage] = [rowsOf(), new StorageInMemory()]
    fill(40_000, 1)
    for (const run of [provider.checkpoint.bind(provider), provider.restoreCheckpoint.bind(provider)]) {
      expect(await turnsBeside(run(storage))).toBeGreaterThan(15)
    }
  })

  it('hold on to what the next increment needs, to nothing else, and to nothing without one', async () => {
    const [{ provider, fill, used }, storage] = [rowsOf(), new StorageInMemory()]
    fill(1000, 1)
    const once = used()
    await provider.checkpoint(storage)
    fill(1000, 2)
    expect(used()).toBe(once)
    for (let link = 0; link < 3; link++) {
      await provider.checkpoint(storage, { incremental: true })
      expect(used()).toBe(once)
      fill(1000, link)
      expect(used()).toBe(2 * once)
    }
    const failing = new StorageInMemory()
    failing.write = async (_, data) => {
      for await (const _ of data) throw new Error('no room')
    }
    await expect(provider.checkpoint(failing, { incremental: true })).rejects.toThrow('no room')
    expect(used()).toBe(2 * once)
  })

  it('that do not fit under maxBytes are refused, and change nothing', async () => {
    const [large, small, storage] = [rowsOf(), rowsOf({ maxBytes: 300_000 }), new StorageInMemory()]
    large.fill(2000, 1)
    await large.provider.checkpoint(storage)
    small.fill(500, 2)
    await expect(small.provider.restoreCheckpoint(storage)).rejects.toMatchObject({ code: 'ERR_MILLPOND_FULL' })
    expect([small.rows.countSync(), small.rows.getSync(3)?.[0]]).toEqual([500, 2])
    await large.rows.clear()
    large.fill(600, 3)
    await large.provider.checkpoint(storage)
    await small.provider.restoreCheckpoint(storage)
    expect([small.rows.countSync(), small.used()]).toEqual([600, large.used()])
  })

  it('of a provider that is closed meanwhile end with an error, or were written before it', async () => {
    const [{ provider, fill }, storage] = [rowsOf(), new StorageInMemory()]
    fill(20_000, 1)
    await provider.checkpoint(storage)
    const restoring = provider.restoreCheckpoint(storage)
    for (let turn = 0; turn < 5; turn++) await setImmediate()
    await provider.close()
    await expect(restoring).rejects.toMatchObject({ code: 'ERR_MILLPOND_CLOSED' })
  })
})
