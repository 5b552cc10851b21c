import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytes, lmdb, type StateStoreProvider, string, u32 } from '../../../../src/index.js'
import { native } from '../../../../src/native/binding.js'
import { failure } from '../../store/stores.js'
import { directory } from './directory.js'

const HOUR = 3_600_000
const windowOptions = { keyCodec: string(), valueCodec: u32(), windowSize: 10, retention: 100 }
const sessionOptions = { keyCodec: string(), valueCodec: u32(), retention: 100 }

const windowsOf = (provider: StateStoreProvider) => provider.createWindowStore('windows', windowOptions)
const sessionsOf = (provider: StateStoreProvider) => provider.createSessionStore('sessions', sessionOptions)
const count = (found: readonly { value: number }[]) => found.reduce((sum, { value }) => sum + value, 1)

describe('windows and sessions in a directory', () => {
  it('W23, W39, S40 survive a reopen, with their stream time', async () => {
    const { open } = directory()
    const one = open()
    const [windows, sessions] = [windowsOf(one), sessionsOf(one)]
    for (const [key, start] of [
      ['a', 0],
      ['b', 10],
      ['c', 20],
      ['d', 500],
    ] as const) {
      windows.putSync(key, start, start)
      sessions.mergeSync(key, start, 5, count)
    }
    sessions.putSync('a', 9, 10, 600)
    windows.deleteSync('d', 500)
    sessions.removeSync('a', 10, 600)
    await one.close()
    const again = open()
    const [reopened, found] = [windowsOf(again), sessionsOf(again)]
    expect(
      reopened
        .fetchAll(0, 20)
        .toArray()
        .map(({ key, windowEnd }) => [key, windowEnd]),
    ).toEqual([
      ['a', 10],
      ['b', 20],
      ['c', 30],
    ])
    expect(reopened.streamTime).toBe(500)
    expect(
      found
        .all()
        .toArray()
        .map(({ key, sessionStart }) => [key, sessionStart]),
    ).toEqual([
      ['a', 0],
      ['b', 10],
      ['c', 20],
      ['d', 500],
    ])
    expect(found.streamTime).toBe(600)
    // A long session, of which the reopened store must know how long it is.
    found.putSync('a', 1, 0, 100_000)
    await again.close()
    expect(sessionsOf(open()).findSessions('a', 99_999, 99_999).toArray()).toHaveLength(1)
  })

  it('W32 duplicates that are put after a reopen join the earlier ones', async () => {
    const { open } = directory()
    const options = { ...windowOptions, retainDuplicates: true }
    for (const round of [0, 1, 2]) {
      const one = open()
      const rows = one.createWindowStore('joined', options)
      rows.putSync('a', 10 * round, 0)
      rows.putSync('a', 10 * round + 1, 0)
      if (round === 1) native().binding.mergeSoon((one as any).engine.handle)
      await one.close()
    }
    const rows = open().createWindowStore('joined', options)
    expect(
      rows
        .fetch('a', 0, 0)
        .toArray()
        .map(({ value }) => value),
    ).toEqual([0, 1, 10, 11, 20, 21])
  })

  it('are read as one through merges: written, overwritten and expired while one is under way', async () => {
    const { open } = directory()
    const one = open()
    const windows = windowsOf(one)
    const model = new Map<string, number>()
    for (let round = 0; round < 12; round++) {
      for (let i = 0; i < 3000; i++) {
        const [key, start] = [`k${i % 100}`, 10 * (round + (i % 7))]
        windows.putSync(key, round * i, start)
        model.set(`${key}@${start}`, round * i)
      }
      await one.commit()
      native().binding.mergeSoon((one as any).engine.handle)
      const now = 10 * round + 60
      windows.expireSync(now)
      for (const name of model.keys()) if (Number(name.split('@')[1]) + 10 < now - 100) model.delete(name)
      const found = new Map(
        Array.from(windows.all(), ({ key, windowStart, value }) => [`${key}@${windowStart}`, value]),
      )
      expect(found.size).toBe(model.size)
      for (const [name, value] of model) expect(found.get(name)).toBe(value)
      expect(windows.countSync()).toBe(model.size)
      expect(windows.fetch('k3', -Infinity, Infinity).toArray()).toHaveLength(
        Array.from(model.keys()).filter(name => name.startsWith('k3@')).length,
      )
    }
    expect(await one.verify()).toEqual([])
  })

  it('an old scan says nothing of the rows as they are now', async () => {
    const { open } = directory()
    const one = open()
    const options = { keyCodec: string(), valueCodec: bytes(), windowSize: 10 }
    const windows = one.createWindowStore('large', options)
    for (let i = 0; i < 5; i++) windows.putSync(`k${i}`, new Uint8Array(200_000), 1000 + i)
    await one.commit()
    const scan = windows.fetchAll(-Infinity, Infinity)[Symbol.iterator]()
    scan.next()
    await windows.put('new', Uint8Array.of(1), 2000)
    native().binding.mergeSoon((one as any).engine.handle)
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(() =>
      one.transactionSync(() => {
        throw new Error('taken back')
      }),
    ).toThrow('taken back')
    scan.next()
    scan.return!()
    expect(windows.streamTime).toBe(2000)
    expect(windows.getSync('new', 2000)).toEqual(Buffer.of(1))
    expect(windows.fetch('new', 1500, 3000).toArray()).toHaveLength(1)
    await windows.put('new', Uint8Array.of(2), 2000)
    expect(windows.countSync()).toBe(6)
    await windows.delete('new', 2000)
    await one.close()
    const again = open()
    expect(again.createWindowStore('large', options).countSync()).toBe(5)
    expect(await again.verify()).toEqual([])
  })

  it('an old scan of a reader says nothing of what it sees after a refresh', async () => {
    const { stateDir, open } = directory()
    const options = { keyCodec: string(), valueCodec: bytes() }
    const sessions = open().createSessionStore('large', options)
    for (let i = 0; i < 4; i++) await sessions.put(`k${i}`, new Uint8Array(200_000), 1000 + i, 1001 + i)
    await using reader = lmdb({ stateDir, readOnly: true })
    const read = reader.createSessionStore('large', options)
    const scan = read.all()[Symbol.iterator]()
    scan.next()
    await sessions.put('long', Uint8Array.of(1), 2000, 9000)
    await reader.refresh()
    scan.next()
    scan.return!()
    expect(read.streamTime).toBe(9000)
    expect(read.findSessions('long', 8500, 8600).toArray()).toHaveLength(1)
  })

  it('manual commits: a reopen shows the last commit, index and stream time included', async () => {
    const { open } = directory({ commits: 'manual' })
    const one = open()
    windowsOf(one).putSync('a', 1, 0)
    sessionsOf(one).mergeSync('a', 0, 10, count)
    await one.commit({ offsets: { input: 7 } })
    windowsOf(one).putSync('a', 2, 900)
    windowsOf(one).expireSync(1000)
    sessionsOf(one).mergeSync('a', 8, 10, count)
    await one.close()
    const again = open()
    expect(windowsOf(again).all().toArray()).toEqual([{ key: 'a', windowStart: 0, windowEnd: 10, value: 1 }])
    expect(windowsOf(again).streamTime).toBe(0)
    expect(sessionsOf(again).all().toArray()).toEqual([{ key: 'a', sessionStart: 0, sessionEnd: 0, value: 1 }])
    expect(again.offsets().get('input')).toBe(7n)
  })

  it('are read beside their writer, which has them in two providers', async () => {
    const { stateDir, open } = directory()
    const [first, second] = [open(), open()]
    await windowsOf(first).put('a', 1, 0)
    await sessionsOf(second).put('a', 1, 0, 5)
    await using reader = lmdb({ stateDir, readOnly: true })
    const [windows, sessions] = [
      reader.createWindowStore('windows', windowOptions),
      reader.createSessionStore('sessions', sessionOptions),
    ]
    await windowsOf(second).put('b', 2, 700)
    await sessionsOf(first).put('b', 2, 0, 900)
    expect([windows.countSync(), windows.streamTime, sessions.streamTime]).toEqual([1, 0, 5])
    expect([windowsOf(first).streamTime, sessionsOf(second).streamTime]).toEqual([700, 900])
    await reader.refresh()
    expect([windows.countSync(), windows.streamTime, sessions.streamTime]).toEqual([2, 700, 900])
    expect(windows.fetch('b', 0, 1000).toArray()).toEqual([{ windowStart: 700, windowEnd: 710, value: 2 }])
    expect(sessions.findSessions('b', 450, 460).toArray()).toHaveLength(1)
    expect(windowsOf(first).expireSync(2000)).toBe(2)
    expect(windowsOf(second).expireSync(2000)).toBe(0)
    windowsOf(second).putSync('late', 1, -50)
    expect(windowsOf(first).expireSync(2000)).toBe(1)
    for (const name of ['put', 'putSync', 'delete', 'expire', 'clear']) expect(name in windows).toBe(false)
    expect(() => reader.createWindowStore('other', windowOptions)).toThrow(failure('STORE_MISMATCH'))
  })

  it('the retention may change, and is what it was where none is given', async () => {
    const { open } = directory()
    const { retention, ...without } = windowOptions
    windowsOf(open()).putSync('a', 1, 0)
    const again = open().createWindowStore('windows', without)
    expect(again.expireSync(retention + 10)).toBe(0)
    const shorter = open().createWindowStore('windows', { ...without, retention: 50 })
    expect(shorter.expireSync(61)).toBe(1)
  })

  it('are in backups and compactions, and verify knows them', async () => {
    const { stateDir, open } = directory()
    const one = open()
    for (let i = 0; i < 500; i++) {
      windowsOf(one).putSync(`k${i % 50}`, i, i)
      sessionsOf(one).mergeSync(`k${i % 50}`, i, 3, count)
    }
    await one.compact()
    const target = join(stateDir, '..', `${stateDir.split('/').at(-1)}-copy`)
    await one.backup(target)
    await using copy = lmdb({ stateDir: target })
    expect(windowsOf(copy).all().toArray()).toEqual(windowsOf(one).all().toArray())
    expect(sessionsOf(copy).all().toArray()).toEqual(sessionsOf(one).all().toArray())
    expect(await copy.verify()).toEqual([])
    expect(one.stats().entries).toBe(1000)
  })

  it('rows that expire do so after a reopen, and beside their writer', async () => {
    const time = { now: 5 * HOUR }
    const { stateDir, open } = directory({ clock: () => time.now })
    const options = { keyCodec: string(), valueCodec: u32(), ttl: HOUR }
    const one = open()
    const rows = one.createKeyValueStore('rows', options)
    await rows.put('a', 1)
    await rows.put('b', 2, { ttl: 2 * HOUR })
    await using reader = lmdb({ stateDir, readOnly: true, clock: () => time.now })
    const read = reader.createKeyValueStore('rows', options)
    expect(read.keys().toArray()).toEqual(['a', 'b'])
    await one.close()
    time.now += HOUR
    expect(read.keys().toArray()).toEqual(['b'])
    const again = open().createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })
    expect([again.getSync('a'), again.getSync('b'), again.countSync()]).toEqual([undefined, 2, 1])
    await again.put('c', 3)
    time.now += HOUR
    expect(again.keys().toArray()).toEqual(['c'])
    await reader.refresh()
    expect(read.keys().toArray()).toEqual(['c'])
  })
})

describe('where there is no room', () => {
  it('windows and sessions are deleted and expired all the same, the latest included', async () => {
    const { open } = directory({ mapSize: 2 ** 20 })
    const one = open()
    const rows = one.createWindowStore('windows', { ...windowOptions, valueCodec: string() })
    const sessions = one.createSessionStore('sessions', { ...sessionOptions, valueCodec: string() })
    let start = 0
    const fill = async () => {
      for (; start < 100_000; start++) {
        await rows.put('a', 'x'.repeat(500), start)
        await sessions.put('a', 'x'.repeat(500), start, start)
      }
    }
    await expect(fill()).rejects.toMatchObject({ code: 'ERR_MILLPOND_FULL' })
    const latest = rows.streamTime
    await rows.delete('a', latest)
    await sessions.remove('a', sessions.streamTime, sessions.streamTime)
    expect(rows.streamTime).toBe(latest)
    await sessions.expire(1_000_000)
    await rows.expire(1_000_000)
    expect([rows.countSync(), sessions.countSync(), rows.streamTime]).toEqual([0, 0, latest])
    await one.commit()
  })

  it('a merge that a batch has no room for changes nothing', async () => {
    const { open } = directory({ commits: 'manual', maxUncommittedBytes: 20_000 })
    const one = open()
    const sessions = sessionsOf(one)
    const key = 'k'.repeat(1000)
    for (let i = 0; i < 20; i++) {
      sessions.putSync(key, 1, 10 * i, 10 * i)
      await one.commit()
    }
    expect(() => sessions.mergeSync(key, 100, 1000, count)).toThrow(failure('TRANSACTION_TOO_LARGE'))
    expect(sessions.countSync()).toBe(20)
    await one.commit()
    expect(await one.verify()).toEqual([])
  })

  it('a refused put leaves a row the time that it had', async () => {
    const time = { now: 0 }
    const options = { commits: 'manual', maxUncommittedBytes: 20_000, clock: () => time.now } as const
    const { open } = directory(options)
    const one = open()
    const rows = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: string() })
    rows.putSync('k', 'for ever')
    rows.putSync('mortal', 'x', { ttl: 100 })
    await one.commit()
    for (let size = 3000; size > 0; size -= 100) {
      for (const ttl of [50, 1000]) {
        try {
          rows.putSync('filler', 'x'.repeat(15_000))
          rows.putSync('k', 'y'.repeat(size), { ttl })
          rows.putSync('mortal', 'y'.repeat(size), { ttl: 10_000 })
        } catch {
          // It is one of the two that has no room.
        }
      }
    }
    for (let tries = 0; tries < 100; tries++) {
      expect(() => rows.putSync('k', 'y'.repeat(30_000), { ttl: 50 })).toThrow(failure('TRANSACTION_TOO_LARGE'))
    }
    await one.close()
    const again = open().createKeyValueStore('rows', { keyCodec: string(), valueCodec: string() })
    expect([again.getSync('k'), again.getSync('mortal')]).toEqual(['for ever', 'x'])
    time.now = 100
    expect([again.getSync('k'), again.getSync('mortal')]).toEqual(['for ever', undefined])
  })
})
