import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { dictionary, lmdb, memory, u32 } from '../../../src/index.js'
import { temporaryDirectory } from '../../engines.js'

const options = { keyCodec: u32(), valueCodec: dictionary() }

async function checkpointOfNew(): Promise<string> {
  const path = join(temporaryDirectory(), 'checkpoints')
  await using from = memory({ commits: 'manual' })
  from.createKeyValueStore('rows', options).putSync(2, 'new')
  await from.commit({ offsets: { orders: 5n } })
  await from.checkpoint(path)
  return path
}

it('what is read while a directory is restored is what was there or what was restored, never a string of the other', async () => {
  const path = await checkpointOfNew()
  await using provider = lmdb({ stateDir: temporaryDirectory(), commits: 'manual' })
  const rows = provider.createKeyValueStore('rows', options)
  rows.putSync(1, 'old')
  await provider.commit()
  let isDone = false
  const restoring = provider.restoreCheckpoint(path).then(() => {
    isDone = true
  })
  const nap = new Int32Array(new SharedArrayBuffer(4))
  while (!isDone) {
    // Long enough for the other threads to end it, before this one hears of that.
    Atomics.wait(nap, 0, 0, 100)
    expect([
      ['old', undefined],
      [undefined, 'new'],
    ]).toContainEqual([rows.getSync(1), rows.getSync(2)])
    await setImmediate()
  }
  await restoring
  expect([rows.getSync(1), rows.getSync(2)]).toEqual([undefined, 'new'])
  rows.putSync(1, 'newer')
  await provider.commit()
  expect([rows.getSync(1), rows.getSync(2)]).toEqual(['newer', 'new'])
})

it.each(['lmdb', 'memory'] as const)(
  'who hears of the progress of a restore sees rows and offsets that agree: %s',
  async engine => {
    const path = await checkpointOfNew()
    const commits = 'manual'
    await using provider = engine === 'lmdb' ? lmdb({ stateDir: temporaryDirectory(), commits }) : memory({ commits })
    const rows = provider.createKeyValueStore('rows', options)
    rows.putSync(1, 'old')
    await provider.commit({ offsets: { orders: 9n } })
    const seen: unknown[] = []
    const onProgress = () => seen.push([rows.getSync(1), rows.getSync(2), provider.offsets().get('orders')])
    await provider.restoreCheckpoint(path, { onProgress })
    expect(seen.at(-1)).toEqual([undefined, 'new', 5n])
    for (const one of seen) expect([seen.at(-1), ['old', undefined, 9n]]).toContainEqual(one)
  },
)

it('in memory, a checkpoint is refused while what a store was restored to is not committed', async () => {
  const path = join(temporaryDirectory(), 'rows')
  await using provider = memory({ commits: 'manual' })
  const rows = provider.createKeyValueStore('rows', options)
  rows.putSync(1, 'saved')
  using view = rows.snapshot()
  await view.save(path)
  await provider.commit({ offsets: { orders: 1n } })
  await rows.restore(path)
  const written = provider.checkpoint(join(temporaryDirectory(), 'checkpoints'))
  await expect(written).rejects.toMatchObject({ code: 'ERR_MILLPOND_BUSY' })
})
