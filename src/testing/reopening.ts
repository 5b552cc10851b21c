import { string, u32 } from '../index.js'
import type { StateStoreProvider } from '../provider/types.js'
import { fill, type OpenOptions, type OpenProvider, type Theme } from './bench.js'

const options = { keyCodec: u32(), valueCodec: string() }
const windowOptions = { keyCodec: string(), valueCodec: u32(), windowSize: 10, retention: 100 }
const sessionOptions = { keyCodec: string(), valueCodec: u32(), retention: 100 }

/** Opens a provider of one place, after closing the one before. */
export function reopenerOf(open: OpenProvider): (options?: OpenOptions) => Promise<StateStoreProvider> {
  let last: StateStoreProvider | undefined
  return async options => {
    await last?.close()
    last = open(options)
    return last
  }
}

/** What is there when a provider that keeps what it holds is opened again. */
export const reopening: Theme = ({ it, each, expect, place, through, read, keysOf }) => {
  const reopener = () => reopenerOf(place!())

  it('K14 a delete that hid what was flushed holds after a reopen', async () => {
    const reopen = reopener()
    const rows = through((await reopen()).createKeyValueStore('rows', options))
    await rows.put(1, 'a')
    await rows.flush()
    await rows.delete(1)
    for (let round = 0; round < 2; round++) {
      const again = through((await reopen()).createKeyValueStore('rows', options))
      expect(await again.get(1)).toBeUndefined()
      expect(await again.has(1)).toBe(false)
      expect(await read(again.all())).toEqual([])
      expect(await again.count()).toBe(0)
    }
  })

  it('K35 what was put is there after a reopen, in the same order, and a reopen is never an error', async () => {
    const reopen = reopener()
    const keys = Array.from({ length: 300 }, (_, i) => (i * 7919) % 300)
    await reopen()
    const rows = through((await reopen()).createKeyValueStore('rows', options))
    await fill(rows, keys.slice(0, 150))
    await rows.flush()
    await fill(rows, keys.slice(150))
    await rows.delete(7)
    await rows.put(8, 'again')
    const expected = keys.toSorted((a, b) => a - b).flatMap(key => (key === 7 ? [] : { key, value: `${key}` }))
    expected[7]!.value = 'again'
    for (let round = 0; round < 3; round++) {
      const again = through((await reopen()).createKeyValueStore('rows', options))
      for (const { key, value } of expected) expect(await again.get(key)).toBe(value)
      expect(await again.get(7)).toBeUndefined()
      expect(await read(again.all())).toEqual(expected)
      expect(await read(again.all({ reverse: true }))).toEqual(expected.toReversed())
      expect(await keysOf(again.range(5, 10))).toEqual([5, 6, 8, 9, 10])
      expect(await keysOf(again.range(5, 10, { reverse: true }))).toEqual([10, 9, 8, 6, 5])
      expect(await again.count()).toBe(299)
    }
  })

  it('K35 puts that nobody awaited or flushed are there after an orderly close', async () => {
    const reopen = reopener()
    const rows = through((await reopen()).createKeyValueStore('rows', options))
    for (const key of [2, 1, 3]) void rows.put(key, 'x')
    const again = through((await reopen()).createKeyValueStore('rows', options))
    expect(await keysOf(again.all())).toEqual([1, 2, 3])
  })

  it("K35 with commits: 'manual' a reopen returns to the last commit, and flush makes none", async () => {
    const reopen = reopener()
    const one = await reopen({ commits: 'manual' })
    const rows = through(one.createKeyValueStore('rows', options))
    await fill(rows, [1, 2])
    await one.commit()
    await rows.put(1, 'changed')
    await rows.delete(2)
    await rows.put(3, 'late')
    await rows.flush()
    await one.flush()
    expect(await keysOf(rows.all())).toEqual([1, 3])
    const again = through((await reopen({ commits: 'manual' })).createKeyValueStore('rows', options))
    expect(await read(again.all())).toEqual([
      { key: 1, value: '1' },
      { key: 2, value: '2' },
    ])
    await again.put(4, 'never committed')
    const third = through((await reopen({ commits: 'manual' })).createKeyValueStore('rows', options))
    expect(await keysOf(third.all())).toEqual([1, 2])
  })

  it('W6 each row tells its window after a reopen', async () => {
    const reopen = reopener()
    await through((await reopen()).createWindowStore('windows', windowOptions)).put('a', 1, 10)
    const rows = through((await reopen()).createWindowStore('windows', windowOptions))
    const row = { windowStart: 10, windowEnd: 20, value: 1 }
    expect(await read(rows.fetch('a', 0, 20))).toEqual([row])
    for (const all of [rows.fetchAll(0, 20), rows.fetchRange('a', 'a', 0, 20), rows.all()]) {
      expect(await read(all)).toEqual([{ key: 'a', ...row }])
    }
  })

  it('W23 stream time survives a reopen, deletes and expiry included', async () => {
    const reopen = reopener()
    const rows = through((await reopen()).createWindowStore('windows', windowOptions))
    expect(rows.streamTime).toBe(-Infinity)
    for (const start of [0, 500]) await rows.put('a', 1, start)
    await rows.delete('a', 500)
    const again = through((await reopen()).createWindowStore('windows', windowOptions))
    expect(again.streamTime).toBe(500)
    expect(await again.expire(1000)).toBe(1)
    await again.put('b', 1, 5)
    const third = through((await reopen()).createWindowStore('windows', windowOptions))
    expect(third.streamTime).toBe(500)
    expect(await third.count()).toBe(1)
  })

  it('W32 duplicates that are put after a reopen join the earlier ones and replace none', async () => {
    const reopen = reopener()
    const duplicates = { ...windowOptions, retainDuplicates: true }
    for (const round of [0, 1, 2]) {
      const rows = through((await reopen()).createWindowStore('windows', duplicates))
      for (const start of [0, 30]) {
        await rows.put('a', 10 * round, start)
        await rows.put('a', 10 * round + 1, start)
      }
    }
    const rows = through((await reopen()).createWindowStore('windows', duplicates))
    const found = (await read(rows.fetch('a', 0, 30))).map(({ windowStart, value }) => [windowStart, value])
    expect(found).toEqual([0, 30].flatMap(start => [0, 1, 10, 11, 20, 21].map(value => [start, value])))
  })

  it('W39 a reopen gives the same windows, with their ends, and deletes hold', async () => {
    const reopen = reopener()
    const rows = through((await reopen()).createWindowStore('windows', windowOptions))
    for (const [key, start] of [
      ['1', 0],
      ['2', 10],
      ['3', 20],
      ['4', 20],
    ] as const) {
      await rows.put(key, start, start)
    }
    await rows.delete('4', 20)
    const expected = ['1', '2', '3'].map((key, i) => ({
      key,
      windowStart: 10 * i,
      windowEnd: 10 * i + 10,
      value: 10 * i,
    }))
    for (let round = 0; round < 2; round++) {
      const again = through((await reopen()).createWindowStore('windows', windowOptions))
      expect(await read(again.fetchAll(0, 20))).toEqual(expected)
      expect(await read(again.fetchAll(0, 20, { reverse: true }))).toEqual(expected.toReversed())
      expect(await again.get('4', 20)).toBeUndefined()
      expect(await again.count()).toBe(3)
    }
  })

  each(
    [false, true],
    isFlushed => `S40 a reopen${isFlushed ? ' after a flush' : ''} gives the same sessions; merges and removals hold`,
    async isFlushed => {
      const reopen = reopener()
      const rows = through((await reopen()).createSessionStore('sessions', sessionOptions))
      for (const time of [1000, 0, 100, 10]) await rows.put('a', time, time, time)
      if (isFlushed) await rows.flush()
      await rows.put('a', 5, 5, 5)
      await rows.remove('a', 5, 5)
      for (const time of [0, 30, 15]) await rows.merge('b', time, 20, found => found.length)
      const expected = [0, 10, 100, 1000].map(time => ({
        key: 'a',
        sessionStart: time,
        sessionEnd: time,
        value: time,
      }))
      expected.push({ key: 'b', sessionStart: 0, sessionEnd: 30, value: 2 })
      for (let round = 0; round < 2; round++) {
        const again = through((await reopen()).createSessionStore('sessions', sessionOptions))
        expect(await read(again.all())).toEqual(expected)
        expect(await read(again.all({ reverse: true }))).toEqual(expected.toReversed())
        expect(await read(again.findSessions('b', 15, 15))).toHaveLength(1)
        expect(await again.get('a', 5, 5)).toBeUndefined()
        expect([await again.count(), again.streamTime]).toEqual([5, 1000])
      }
    },
  )
}
