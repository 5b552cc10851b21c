import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lmdb, memory, string, u32 } from '../../../../src/index.js'
import { StorageInMemory } from '../../../../src/testing/storage-in-memory.js'
import { temporaryDirectory } from '../../../engines.js'

const rowOptions = { keyCodec: u32(), valueCodec: string() }
const windowOptions = { keyCodec: string(), valueCodec: u32(), windowSize: 10 }

function opened(options: Partial<Parameters<typeof lmdb>[0]> = {}) {
  const provider = lmdb({ stateDir: join(temporaryDirectory(), 'state'), ...options, readOnly: false })
  onTestFinished(() => provider.close())
  return provider
}

function fill(provider: ReturnType<typeof opened>, count: number, value = 'value') {
  const rows = provider.createKeyValueStore('rows', rowOptions)
  provider.transactionSync(() => {
    for (let key = 0; key < count; key++) rows.putSync(key, value)
  })
  return rows
}

describe('checkpoints of a directory', () => {
  it('what was restored is there after a reopen, and what is written goes on from it', async () => {
    const [stateDir, storage] = [join(temporaryDirectory(), 'state'), new StorageInMemory()]
    const first = lmdb({ stateDir })
    const rows = fill(first, 5000)
    const hourly = first.createWindowStore('hourly', windowOptions)
    hourly.addSync('a', 0, 5)
    await first.checkpoint(storage)
    fill(first, 6000, 'later')
    hourly.addSync('a', 50, 1)
    await first.restoreCheckpoint(storage)
    expect([rows.countSync(), hourly.streamTime]).toEqual([5000, 0])
    hourly.addSync('a', 20, 7)
    await rows.put(9999, 'after')
    await first.close()
    const again = opened({ stateDir })
    const [kept, windows] = [
      again.createKeyValueStore('rows', rowOptions),
      again.createWindowStore('hourly', windowOptions),
    ]
    expect([kept.countSync(), kept.getSync(7), kept.getSync(9999)]).toEqual([5001, 'value', 'after'])
    expect(windows.fetch('a', 0, 100).toArray()).toEqual([
      { windowStart: 0, windowEnd: 10, value: 5 },
      { windowStart: 20, windowEnd: 30, value: 7 },
    ])
    expect(await again.verify()).toEqual([])
  })

  it('a restore is refused while someone reads the directory, and writes go on', async () => {
    const [stateDir, storage] = [join(temporaryDirectory(), 'state'), new StorageInMemory()]
    const provider = opened({ stateDir })
    const rows = fill(provider, 10)
    await provider.checkpoint(storage)
    await rows.put(5, 'later')
    const reader = lmdb({ stateDir, readOnly: true })
    await expect(provider.restoreCheckpoint(storage)).rejects.toMatchObject({
      code: 'ERR_MILLPOND_BUSY',
      retryable: true,
    })
    await rows.put(6, 'goes on')
    expect([rows.getSync(5), rows.getSync(6)]).toEqual(['later', 'goes on'])
    await reader.close()
    await provider.restoreCheckpoint(storage)
    expect(rows.getSync(5)).toBe('value')
  })

  it('writes are refused until a restore has ended, and all who share the directory see it', async () => {
    const [stateDir, storage] = [join(temporaryDirectory(), 'state'), new StorageInMemory()]
    const [provider, other] = [opened({ stateDir }), opened({ stateDir })]
    const rows = fill(provider, 3000)
    const shared = other.createKeyValueStore('rows', rowOptions)
    await provider.checkpoint(storage)
    await rows.put(1, 'later')
    let refusals = 0
    const trying = setInterval(() => {
      try {
        shared.putSync(2, 'meanwhile')
      } catch (error) {
        if ((error as { code?: string }).code === 'ERR_MILLPOND_BUSY') refusals++
        else throw error
      }
    })
    const progress = () => expect(shared.getSync(1)).toMatch(/later|value/)
    await provider.restoreCheckpoint(storage, { onProgress: progress })
    clearInterval(trying)
    expect(refusals).toBeGreaterThan(0)
    expect([shared.getSync(1), shared.countSync()]).toEqual(['value', 3000])
    await shared.put(2, 'again')
    expect(rows.getSync(2)).toBe('again')
  })

  it('the first checkpoint after a reopen holds all, those after it what changed', async () => {
    const [stateDir, storage] = [join(temporaryDirectory(), 'state'), new StorageInMemory()]
    const first = lmdb({ stateDir })
    fill(first, 5000)
    const { bytes: full } = await first.checkpoint(storage, { incremental: true })
    await first.close()
    const second = opened({ stateDir })
    const rows = second.createKeyValueStore('rows', rowOptions)
    await rows.put(1, 'b')
    expect((await second.checkpoint(storage, { incremental: true })).bytes).toBeGreaterThan(full / 2)
    await rows.put(2, 'c')
    expect((await second.checkpoint(storage, { incremental: true })).bytes).toBeLessThan(full / 10)
    const restored = memory()
    await restored.restoreCheckpoint(storage)
    const copy = restored.createKeyValueStore('rows', rowOptions)
    expect([copy.getSync(1), copy.getSync(2), copy.countSync()]).toEqual(['b', 'c', 5000])
  })

  it('more stores than there may be are refused, and nothing is restored', async () => {
    const storage = new StorageInMemory()
    const many = memory()
    for (const name of ['a', 'b', 'c']) await many.createKeyValueStore(name, rowOptions).put(1, name)
    await many.checkpoint(storage)
    const provider = opened({ maxDbs: 2 })
    const kept = provider.createKeyValueStore('a', rowOptions)
    await kept.put(1, 'kept')
    await expect(provider.restoreCheckpoint(storage)).rejects.toMatchObject({ code: 'ERR_MILLPOND_TOO_MANY_STORES' })
    expect(kept.getSync(1)).toBe('kept')
    await kept.put(2, 'goes on')
  })

  it('a provider that is closed while its checkpoint is written ends it one way or the other', async () => {
    for (const make of [() => memory(), () => opened()]) {
      const [provider, storage] = [make(), new StorageInMemory()]
      const rows = provider.createKeyValueStore('rows', rowOptions)
      provider.transactionSync(() => {
        for (let key = 0; key < 50_000; key++) rows.putSync(key, 'value')
      })
      const writing = provider.checkpoint(storage, { incremental: true })
      const closing = provider.close()
      const [written, closed] = await Promise.allSettled([writing, closing])
      expect(closed.status).toBe('fulfilled')
      const restored = memory()
      if (written.status === 'fulfilled') {
        await restored.restoreCheckpoint(storage)
        expect(restored.createKeyValueStore('rows', rowOptions).countSync()).toBe(50_000)
      } else {
        expect(storage.things.size).toBe(0)
      }
    }
  })

  it('a reader saves what it sees, and a snapshot of the writer what it saw', async () => {
    const stateDir = join(temporaryDirectory(), 'state')
    const provider = opened({ stateDir })
    const rows = fill(provider, 4000)
    await provider.flush()
    const reader = lmdb({ stateDir, readOnly: true })
    onTestFinished(() => reader.close())
    const file = join(temporaryDirectory(), 'file')
    using view = rows.snapshot()
    await rows.put(1, 'later')
    await view.save(file)
    const restored = memory().createKeyValueStore('rows', rowOptions)
    await restored.restore(file)
    expect([restored.countSync(), restored.getSync(1)]).toEqual([4000, 'value'])
  })
})
