import { f64, json, string, struct, u32 } from '../index.js'
import type { StateStoreProvider } from '../provider/types.js'
import { fill, type Theme } from './bench.js'
import { StorageInMemory } from './storage-in-memory.js'

const rowOptions = { keyCodec: u32(), valueCodec: string() }
const windowOptions = { keyCodec: string(), valueCodec: json<unknown>(), windowSize: 10, retention: 100 }
const sessionOptions = { keyCodec: string(), valueCodec: u32() }

const storesOf = (provider: StateStoreProvider) => ({
  rows: provider.createKeyValueStore('rows', rowOptions),
  hourly: provider.createWindowStore('hourly', windowOptions),
  spells: provider.createSessionStore('spells', sessionOptions),
  seen: provider.createKeyValueStore('seen', { ...rowOptions, ttl: 1000 }),
})

/** Checkpoints, and what is restored from them. */
export const checkpoints: Theme = ({ it, each, expect, refuses, closes, provider, through, read }) => {
  it('what is restored is what there was, of every kind of store, in the order that it had', async () => {
    let now = 5000
    const storage = new StorageInMemory()
    const from = provider({ clock: () => now })
    const { rows, hourly, spells, seen } = storesOf(from)
    await fill(rows, [3, 1, 2])
    for (const start of [0, 20, 40]) await hourly.put('a', { start }, start)
    await hourly.expire(125)
    await spells.merge('s', 5, 10, () => 1)
    await spells.merge('s', 12, 10, ([before]) => before!.value + 1)
    await seen.put(1, 'now')
    await seen.put(2, 'later', { ttl: 60_000 })
    const source = [await read(rows.all()), await read(hourly.all()), await read(spells.all())]

    const target = provider({ clock: () => now })
    const before = storesOf(target)
    await before.rows.put(9, 'gone')
    await before.hourly.put('gone', 1, 1000)
    const { id } = await from.checkpoint(storage)
    expect((await target.restoreCheckpoint(storage)).id).toBe(id)
    const { rows: again, hourly: windows, spells: sessions, seen: expiring } = before
    expect([await read(again.all()), await read(windows.all()), await read(sessions.all())]).toEqual(source)
    expect(windows.streamTime).toBe(40)
    expect(await again.count()).toBe(3)
    expect(await expiring.get(1)).toBe('now')
    now += 1001
    expect([await expiring.get(1), await expiring.get(2)]).toEqual([undefined, 'later'])
    await through(again).put(4, 'more')
    expect(await through(again).count()).toBe(4)
  })

  it('a checkpoint holds what was written before the call, and is of one moment', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    const rows = through(one.createKeyValueStore('rows', rowOptions))
    await fill(rows, [1, 2])
    const writing = one.checkpoint(storage)
    // These two are one batch: it is in it, or it is not.
    const after = [rows.put(3, 'after'), rows.put(4, 'after')]
    await Promise.all([writing, ...after])
    const other = provider()
    await other.restoreCheckpoint(storage)
    expect([2, 4]).toContain(await other.createKeyValueStore('rows', rowOptions).count())
  })

  it('offsets are restored with the rows that belong to them, and others are gone', async () => {
    const [one, storage] = [provider({ commits: 'manual' }), new StorageInMemory()]
    const rows = one.createKeyValueStore('rows', rowOptions)
    await rows.put(1, 'a')
    await one.commit({ offsets: { orders: 42n } })
    const { offsets } = await one.checkpoint(storage)
    expect(offsets).toEqual(new Map([['orders', 42n]]))
    await rows.put(2, 'b')
    await one.commit({ offsets: { orders: 43, payments: 1 } })
    expect((await one.restoreCheckpoint(storage)).offsets).toEqual(new Map([['orders', 42n]]))
    expect(one.offsets()).toEqual(new Map([['orders', 42n]]))
    expect([await rows.get(1), await rows.get(2)]).toEqual(['a', undefined])
    await one.commit({ offsets: { payments: 7 } })
    expect(one.offsets()).toEqual(
      new Map([
        ['orders', 42n],
        ['payments', 7n],
      ]),
    )
  })

  it('with manual commits what is not committed is in no checkpoint, and in the way of a restore', async () => {
    const [one, storage] = [provider({ commits: 'manual' }), new StorageInMemory()]
    const rows = one.createKeyValueStore('rows', rowOptions)
    await rows.put(1, 'a')
    await one.commit()
    await one.checkpoint(storage)
    await rows.put(1, 'b')
    // On disk the checkpoint is of the last commit; in memory, where that is nowhere any more, there is none.
    const [outcome] = await Promise.allSettled([one.checkpoint(storage)])
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'ERR_MILLPOND_BUSY' })
    const restored = provider()
    await restored.restoreCheckpoint(storage)
    expect(await restored.createKeyValueStore('rows', rowOptions).get(1)).toBe('a')
    await expect(one.restoreCheckpoint(storage)).rejects.toMatchObject({ code: 'ERR_MILLPOND_BUSY', retryable: true })
    expect(await rows.get(1)).toBe('b')
  })

  each(
    [1, 40, 3000],
    changes => `an increment of ${changes} changes comes to what there was`,
    async changes => {
      const [one, storage] = [provider(), new StorageInMemory()]
      const { rows, hourly } = storesOf(one)
      await fill(
        rows,
        Array.from({ length: 3000 }, (_, key) => key),
      )
      const full = await one.checkpoint(storage, { incremental: true })
      for (let link = 0; link < 3; link++) {
        for (let change = 0; change < changes; change++) {
          const key = (change * 7919 + link) % 3500
          if (change % 3 === 0) await rows.delete(key)
          else await rows.put(key, `${link} ${change}`)
        }
        await hourly.put('a', link, link * 10)
        const { bytes } = await one.checkpoint(storage, { incremental: true })
        if (changes < 100) expect(bytes).toBeLessThan(full.bytes / 3)
        const other = provider()
        await other.restoreCheckpoint(storage)
        const stores = storesOf(other)
        expect(await read(stores.rows.all())).toEqual(await read(rows.all()))
        expect(await read(stores.hourly.all())).toEqual(await read(hourly.all()))
      }
    },
  )

  it('an increment goes on from the last checkpoint of the same storage alone', async () => {
    const [one, first, second] = [provider(), new StorageInMemory(), new StorageInMemory()]
    const rows = one.createKeyValueStore('rows', rowOptions)
    await fill(
      rows,
      Array.from({ length: 2000 }, (_, key) => key),
    )
    await one.checkpoint(first, { incremental: true })
    await rows.put(1, 'b')
    const { bytes } = await one.checkpoint(second, { incremental: true })
    await rows.put(2, 'c')
    expect((await one.checkpoint(first, { incremental: true })).bytes).toBeGreaterThan(bytes / 2)
    for (const storage of [first, second]) {
      const other = provider()
      await other.restoreCheckpoint(storage)
      expect(await other.createKeyValueStore('rows', rowOptions).get(1)).toBe('b')
    }
  })

  it('so many are retained as was asked for, with what they go on from, and any of them can be restored', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    const rows = one.createKeyValueStore('rows', rowOptions)
    await fill(
      rows,
      Array.from({ length: 2000 }, (_, key) => key),
    )
    const ids: string[] = []
    for (let number = 0; number < 5; number++) {
      await rows.put(1, `${number}`)
      ids.push((await one.checkpoint(storage, { incremental: number !== 3, retain: 2 })).id)
    }
    const names = [...storage.things.keys()]
    expect(names.filter(name => name.endsWith('.manifest'))).toEqual(ids.slice(3).map(id => `${id}.manifest`))
    for (const [index, id] of ids.slice(3).entries()) {
      const other = provider()
      expect(await other.restoreCheckpoint(storage, { id })).toMatchObject({ id })
      expect(await other.createKeyValueStore('rows', rowOptions).get(1)).toBe(`${3 + index}`)
    }
    await expect(one.restoreCheckpoint(storage, { id: ids[0]! })).rejects.toMatchObject({
      code: 'ERR_MILLPOND_NO_CHECKPOINT',
    })
    // Of a full one nothing older is needed.
    await one.checkpoint(storage, { retain: 1 })
    expect(storage.things.size).toBe(2)
  })

  it('a checkpoint that is called off leaves nothing behind, and the next one is as good as ever', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    const rows = one.createKeyValueStore('rows', rowOptions)
    await fill(
      rows,
      Array.from({ length: 5000 }, (_, key) => key),
    )
    await one.checkpoint(storage, { incremental: true })
    const kept = [...storage.things.keys()]
    await rows.put(1, 'b')
    const reason = new Error('no more')
    const early = AbortSignal.abort(reason)
    await expect(one.checkpoint(storage, { incremental: true, signal: early })).rejects.toBe(reason)
    const controller = new AbortController()
    const onProgress = () => controller.abort(reason)
    const half = one.checkpoint(storage, { incremental: true, signal: controller.signal, onProgress })
    await expect(half).rejects.toBe(reason)
    expect([...storage.things.keys()]).toEqual(kept)
    await rows.put(2, 'c')
    await one.checkpoint(storage, { incremental: true })
    const other = provider()
    await other.restoreCheckpoint(storage)
    expect(await read(other.createKeyValueStore('rows', rowOptions).all())).toEqual(await read(rows.all()))
  })

  it('a storage that fails fails the checkpoint, and what it had is as good as ever', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    const rows = one.createKeyValueStore('rows', rowOptions)
    await fill(
      rows,
      Array.from({ length: 2000 }, (_, key) => key),
    )
    await one.checkpoint(storage, { incremental: true })
    const failing = new StorageInMemory()
    for (const [name, thing] of storage.things) failing.things.set(name, thing)
    for (const part of ['.data', '.manifest']) {
      failing.write = async (name, data) => {
        if (name.endsWith(part)) throw new Error('no room')
        await StorageInMemory.prototype.write.call(failing, name, data)
      }
      await rows.put(1, part)
      await expect(one.checkpoint(failing, { incremental: true })).rejects.toThrow('no room')
      expect(failing.things.size).toBe(storage.things.size)
    }
    await one.checkpoint(storage, { incremental: true })
    const other = provider()
    await other.restoreCheckpoint(storage)
    expect(await other.createKeyValueStore('rows', rowOptions).get(1)).toBe('.manifest')
  })

  it('what is damaged, and what lacks a link, restores nothing and says so', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    const rows = one.createKeyValueStore('rows', rowOptions)
    await fill(
      rows,
      Array.from({ length: 500 }, (_, key) => key),
    )
    await one.checkpoint(storage, { incremental: true })
    await rows.put(1, 'b')
    await one.checkpoint(storage, { incremental: true })
    const codes = ['ERR_MILLPOND_CORRUPTION', 'ERR_MILLPOND_UNUSABLE', 'ERR_MILLPOND_WRONG_BASE']
    const before = await read(rows.all())
    for (const [name, thing] of [...storage.things]) {
      for (let round = 0; round < 12; round++) {
        const changed = Buffer.from(thing)
        const at = Math.floor((changed.length * round) / 12)
        changed[at]! ^= 1 << (round % 8)
        storage.things.set(name, changed)
        // Of the first manifest nobody asks, nor of a wrong link in it.
        if (name.endsWith('.manifest') && name.startsWith('0000000001')) continue
        const [restored] = await Promise.allSettled([one.restoreCheckpoint(storage)])
        const code = restored.status === 'rejected' ? restored.reason.code : 'it was restored'
        expect({ name, at, isRefused: codes.includes(code), code }).toMatchObject({ isRefused: true })
      }
      storage.things.set(name, thing.subarray(0, thing.length / 2))
      if (!(name.endsWith('.manifest') && name.startsWith('0000000001'))) {
        const restored = one.restoreCheckpoint(storage)
        await expect(restored).rejects.toMatchObject({ code: 'ERR_MILLPOND_CORRUPTION' })
      }
      storage.things.set(name, thing)
    }
    const [first] = [...storage.things.keys()].filter(name => name.endsWith('.data'))
    storage.things.delete(first!)
    await expect(one.restoreCheckpoint(storage)).rejects.toThrow()
    expect(await read(rows.all())).toEqual(before)
    await rows.put(1, 'writes go on')
  })

  it('a store that is not what it was is refused, and nothing is restored', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    await fill(one.createKeyValueStore('rows', rowOptions), [1])
    one.createWindowStore('hourly', windowOptions)
    await one.checkpoint(storage)
    const mismatch = { code: 'ERR_MILLPOND_STORE_MISMATCH' }
    const asWindows = provider()
    asWindows.createWindowStore('rows', windowOptions)
    await expect(asWindows.restoreCheckpoint(storage)).rejects.toMatchObject({ ...mismatch, store: 'rows' })
    const otherCodec = provider()
    const kept = otherCodec.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: f64() })
    await kept.put(5, 5)
    await expect(otherCodec.restoreCheckpoint(storage)).rejects.toMatchObject({ ...mismatch, store: 'rows' })
    expect(await kept.get(5)).toBe(5)
    const otherSize = provider()
    otherSize.createWindowStore('hourly', { ...windowOptions, windowSize: 20 })
    await expect(otherSize.restoreCheckpoint(storage)).rejects.toMatchObject({ ...mismatch, store: 'hourly' })
  })

  it('values of an earlier version are migrated when they are read', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    const codec = (version: number) => ({
      id: 'versioned',
      version,
      encode: (text: string) => Buffer.from(text),
      decode: (bytes: Buffer) => bytes.toString(),
      migrate: (bytes: Buffer, from: number) => `${bytes} of version ${from}`,
    })
    const old = one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: codec(1) })
    await old.put(1, 'a')
    await one.checkpoint(storage)
    const other = provider()
    const rows = other.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: codec(2) })
    await rows.put(1, 'b')
    await other.restoreCheckpoint(storage)
    expect(await rows.get(1)).toBe('a of version 1')
  })

  it('structs, and what was expired, are what they were', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    const options = { keyCodec: string(), valueCodec: struct({ count: u32(), name: string() }) }
    const rows = one.createKeyValueStore('rows', options)
    await rows.put('a', { count: 1, name: 'one' })
    await one.checkpoint(storage)
    const other = provider()
    const restored = other.createKeyValueStore('rows', options)
    await restored.updateFields('b', { count: { add: 5 } })
    await other.restoreCheckpoint(storage)
    await restored.updateFields('a', { count: { add: 1 } })
    expect(await read(restored.all())).toEqual([{ key: 'a', value: { count: 2, name: 'one' } }])
  })

  it('snapshots and iterators that are open see what they saw', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    const rows = one.createKeyValueStore('rows', rowOptions)
    await fill(
      rows,
      Array.from({ length: 1500 }, (_, key) => key),
    )
    await one.checkpoint(storage)
    await rows.delete(3)
    using view = rows.snapshot()
    const iterator = rows.all()[Symbol.iterator]()
    iterator.next()
    await one.restoreCheckpoint(storage)
    expect(await rows.get(3)).toBe('3')
    expect(await view.get(3)).toBeUndefined()
    let seen = 1
    while (!iterator.next().done) seen++
    expect(seen).toBe(1499)
  })

  it('what a restored provider wrote since is in its next checkpoint, an increment or not', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    const rows = one.createKeyValueStore('rows', rowOptions)
    await fill(
      rows,
      Array.from({ length: 2000 }, (_, key) => key),
    )
    await one.checkpoint(storage, { incremental: true })
    await rows.put(1, 'b')
    await one.restoreCheckpoint(storage)
    await rows.put(2, 'c')
    await one.checkpoint(storage, { incremental: true })
    const other = provider()
    await other.restoreCheckpoint(storage)
    const restored = other.createKeyValueStore('rows', rowOptions)
    expect([await restored.get(1), await restored.get(2), await restored.count()]).toEqual(['1', 'c', 2000])
  })

  it('checkpoints that are asked for at once are written one behind the other', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    const rows = one.createKeyValueStore('rows', rowOptions)
    await fill(
      rows,
      Array.from({ length: 2000 }, (_, key) => key),
    )
    const all = Array.from({ length: 5 }, () => one.checkpoint(storage, { incremental: true }))
    const ids = (await Promise.all(all)).map(({ id }) => id)
    expect(ids).toEqual(ids.toSorted())
    await one.restoreCheckpoint(storage)
    expect(await rows.count()).toBe(2000)
  })

  it('progress is told, and comes to an end', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    await fill(
      one.createKeyValueStore('rows', rowOptions),
      Array.from({ length: 20_000 }, (_, key) => key),
    )
    for (const run of [one.checkpoint.bind(one), one.restoreCheckpoint.bind(one)]) {
      const told: number[] = []
      await run(storage, { onProgress: ({ doneBytes }) => told.push(doneBytes) })
      expect(told.length).toBeGreaterThan(0)
      expect(told).toEqual(told.toSorted((a, b) => a - b))
      expect(told.at(-1)).toBeGreaterThan(20_000)
    }
  })

  it('bad arguments are refused by name, and so is what is not possible', async () => {
    const [one, storage] = [provider(), new StorageInMemory()]
    await refuses(() => one.checkpoint(5 as never), 'target')
    await refuses(() => one.checkpoint({} as never), 'write')
    await refuses(() => one.checkpoint(''), 'target')
    await refuses(() => one.checkpoint(storage, { retain: 0 }), 'retain')
    await refuses(() => one.checkpoint(storage, { incremental: 1 as never }), 'incremental')
    await refuses(() => one.checkpoint(storage, { sync: true } as never), 'sync')
    await refuses(() => one.restoreCheckpoint(storage, { id: 5 as never }), 'id')
    await refuses(() => one.restoreCheckpoint(undefined as never), 'source')
    await expect(one.restoreCheckpoint(storage)).rejects.toMatchObject({ code: 'ERR_MILLPOND_NO_CHECKPOINT' })
    let inside: Promise<unknown> | undefined
    one.transactionSync(() => {
      inside = one.checkpoint(storage)
    })
    await expect(inside).rejects.toMatchObject({ code: 'ERR_MILLPOND_TRANSACTION' })
    await one.close()
    await closes(() => one.checkpoint(storage))
    await closes(() => one.restoreCheckpoint(storage))
  })
}
