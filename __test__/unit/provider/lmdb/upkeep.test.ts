import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytes, lmdb, type Progress, type StateStoreProvider, string, u32 } from '../../../../src/index.js'
import { temporaryDirectory } from '../../../engines.js'
import { refused } from '../../codec/errors.js'
import { failure } from '../../store/stores.js'
import { counts, directory } from './directory.js'

const blobs = { keyCodec: u32(), valueCodec: bytes() }

async function filled(rows: number) {
  const { stateDir, open } = directory()
  const one = open()
  const store = one.createKeyValueStore('blobs', blobs)
  for (let key = 0; key < rows; key++) store.putSync(key, Buffer.alloc(1000, key))
  await one.commit()
  // What is closed is merged.
  await one.close()
  return { stateDir, open }
}

describe('backup', () => {
  it('of a directory in use opens equal, and holds what was written before the call', async () => {
    const { open } = await filled(2000)
    const one = open()
    const rows = one.createKeyValueStore('blobs', blobs)
    rows.putSync(1, Buffer.of(1))
    rows.deleteSync(2)
    const target = join(temporaryDirectory(), 'copy')
    const seen: Progress[] = []
    const done = one.backup(target, { onProgress: progress => seen.push(progress) })
    rows.putSync(3, Buffer.of(3))
    await done
    expect(seen.at(-1)!.doneBytes).toBeGreaterThan(0)
    expect(seen.every(({ doneBytes, totalBytes }) => doneBytes <= totalBytes)).toBe(true)
    const copy = lmdb({ stateDir: target })
    const copied = copy.createKeyValueStore('blobs', blobs)
    expect([copied.countSync(), copied.getSync(1), copied.hasSync(2)]).toEqual([1999, Buffer.of(1), false])
    expect(await copy.verify()).toEqual([])
    await copy.close()
  })

  it("with commits: 'manual' holds the last commit", async () => {
    const { open } = directory({ commits: 'manual' })
    const one = open()
    const rows = one.createKeyValueStore('counts', counts)
    rows.putSync('a', 1)
    await one.commit({ offsets: { orders: 5 } })
    rows.putSync('a', 2)
    const target = join(temporaryDirectory(), 'copy')
    await one.backup(target)
    const copy = lmdb({ stateDir: target, commits: 'manual' })
    expect(copy.createKeyValueStore('counts', counts).getSync('a')).toBe(1)
    expect(copy.offsets()).toEqual(new Map([['orders', 5n]]))
    await copy.close()
  })

  it('into a directory that is not empty, or to what is no path, is refused', async () => {
    const one = directory().open()
    const target = temporaryDirectory()
    writeFileSync(join(target, 'notes.txt'), 'mine')
    await expect(one.backup(target)).rejects.toMatchObject({ name: 'MillpondError' })
    expect(readdirSync(target)).toEqual(['notes.txt'])
    for (const path of ['', 7, undefined, 'a\0b']) {
      await expect(one.backup(path as any)).rejects.toThrow(refused('path'))
    }
    await expect(one.backup('x', { onprogress() {} } as any)).rejects.toThrow(refused('"onprogress"'))
    await expect(one.backup('x', { onProgress: 1 } as any)).rejects.toThrow(refused('onProgress'))
    await expect(one.backup('x', { signal: 1 } as any)).rejects.toThrow(refused('signal'))
  })

  it('that is called off rejects with the reason, and leaves nothing', async () => {
    const { open } = await filled(2000)
    const one = open()
    const target = join(temporaryDirectory(), 'copy')
    const reason = new Error('enough')
    const aborted = one.backup(target, { signal: AbortSignal.abort(reason) })
    await expect(aborted).rejects.toBe(reason)
    mkdirSync(target, { recursive: true })
    expect(readdirSync(target)).toEqual([])
    const boom = new Error('boom')
    const failing = one.backup(target, {
      onProgress() {
        throw boom
      },
    })
    await expect(failing).rejects.toBe(boom)
  })
})

describe('compact', () => {
  it('makes the file as small as its contents, while it is in use', async () => {
    const { stateDir, open } = await filled(20_000)
    const one = open()
    const rows = one.createKeyValueStore('blobs', blobs)
    for (let key = 100; key < 20_000; key++) rows.deleteSync(key)
    await one.close()
    const again = open()
    const store = again.createKeyValueStore('blobs', blobs)
    const size = () => statSync(join(stateDir, 'data.mdb')).size
    const before = size()
    const loop = store.keys()[Symbol.iterator]()
    loop.next()
    const compacting = again.compact()
    store.putSync(5, Buffer.of(5))
    await compacting
    expect(size()).toBeLessThan(before / 10)
    expect([store.countSync(), store.getSync(5), store.getSync(99)]).toEqual([
      100,
      Buffer.of(5),
      Buffer.alloc(1000, 99),
    ])
    expect([...(loop as IterableIterator<number>)]).toHaveLength(99)
    await store.put(6, Buffer.of(6))
    await again.close()
    expect(open().createKeyValueStore('blobs', blobs).getSync(6)).toEqual(Buffer.of(6))
  })
})

describe('verify', () => {
  it('lists nothing where all is well', async () => {
    const { open } = await filled(2000)
    expect(await open().verify()).toEqual([])
  })

  it('names the store and the key of a value that changed on disk, which is never returned', async () => {
    const { stateDir, open } = await filled(2000)
    const path = join(stateDir, 'data.mdb')
    const file = readFileSync(path)
    // A run of one value's bytes, in the middle of which one is flipped.
    const at = file.indexOf(Buffer.alloc(500, 77))
    file[at + 250]! ^= 1
    writeFileSync(path, file)
    const one = open()
    const rows = one.createKeyValueStore('blobs', blobs)
    const problems = await one.verify()
    expect(problems).toMatchObject([{ store: 'blobs', problem: expect.any(String) }])
    const key = problems[0]!.key as number
    expect(key % 256).toBe(77)
    expect(() => rows.getSync(key)).toThrow(failure('CORRUPTION', { store: 'blobs', key }))
    expect(rows.getSync(key + 1)).toEqual(Buffer.alloc(1000, 78))
  })

  it('names the key and the times of a window or a session, as their entries do', async () => {
    const { stateDir, open } = directory()
    const options = { keyCodec: string(), valueCodec: bytes() }
    const stores = (one: StateStoreProvider) => ({
      windows: one.createWindowStore('windows', { ...options, windowSize: 10 }),
      duplicates: one.createWindowStore('duplicates', { ...options, windowSize: 10, retainDuplicates: true }),
      sessions: one.createSessionStore('sessions', options),
    })
    const one = open()
    const { windows, duplicates, sessions } = stores(one)
    windows.putSync('a\0b', Buffer.alloc(1000, 11), -20)
    windows.putSync('other', Buffer.alloc(1000, 1), 0)
    duplicates.putSync('', Buffer.alloc(1000, 2), 30)
    duplicates.putSync('', Buffer.alloc(1000, 22), 30)
    sessions.putSync('é', Buffer.alloc(1000, 33), -5, 1_700_000_000_000)
    await one.close()
    const path = join(stateDir, 'data.mdb')
    const file = readFileSync(path)
    for (const byte of [11, 22, 33]) file[file.indexOf(Buffer.alloc(500, byte)) + 250]! ^= 1
    writeFileSync(path, file)
    const found = [
      { store: 'windows', key: { key: 'a\0b', windowStart: -20, windowEnd: -10 } },
      { store: 'duplicates', key: { key: '', windowStart: 30, windowEnd: 40 } },
      { store: 'sessions', key: { key: 'é', sessionStart: -5, sessionEnd: 1_700_000_000_000 } },
    ]
    const again = open()
    // Without its codec a key is the bytes that are stored.
    expect((await again.verify()).map(({ key }) => key)).toEqual(Array(3).fill(expect.any(Buffer)))
    stores(again)
    expect(await again.verify()).toEqual(found.map(problem => ({ ...problem, problem: expect.any(String) })))
    await using reader = lmdb({ stateDir, readOnly: true })
    reader.createWindowStore('windows', { ...options, windowSize: 10 })
    expect((await reader.verify())[0]).toMatchObject(found[0]!)
    reader.createSessionStore('sessions', options)
    expect((await reader.verify())[2]).toMatchObject(found[2]!)
  })
})

it('a provider that is closed refuses upkeep', async () => {
  const one = directory().open()
  await one.close()
  for (const call of [() => one.compact(), () => one.backup('x'), () => one.verify()]) {
    await expect(call()).rejects.toEqual(failure('CLOSED'))
  }
})
