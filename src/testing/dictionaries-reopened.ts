import { dictionary, optional, string, struct, u32 } from '../index.js'
import type { Theme } from './bench.js'
import { reopenerOf } from './reopening.js'

const words = { keyCodec: dictionary(), valueCodec: dictionary() }
const seats = { keyCodec: dictionary(), valueCodec: struct({ at: optional(dictionary()), n: u32(), note: string() }) }

/** The strings of stores when a provider that keeps what it holds is opened again. */
export const dictionariesReopened: Theme = ({ it, expect, place, through, read }) => {
  const reopener = () => reopenerOf(place!())

  it('strings are what they were, and new ones get codes of their own', async () => {
    const reopen = reopener()
    const texts = Array.from({ length: 2000 }, (_, i) => `text ${(i * 7919) % 2000}`)
    texts.push('', 'long'.repeat(20_000), '🦆', '\0')
    const rows = through((await reopen()).createKeyValueStore('rows', seats))
    for (const [n, at] of texts.entries()) await rows.put(at, { at, n, note: at.slice(0, 5) })
    for (let round = 0; round < 3; round++) {
      const one = await reopen()
      const again = through(one.createKeyValueStore('rows', seats))
      const byNumber = through(one.createKeyValueStore('by number', { ...seats, keyCodec: u32() }))
      if (round === 0) for (const [n, at] of texts.entries()) await byNumber.put(n, { at, n, note: '' })
      // The first thing that is read has the whole dictionary read, in the middle of a row.
      else expect(await byNumber.get(7)).toEqual({ at: texts[7], n: 7, note: '' })
      expect(await again.has(`round ${round}`)).toBe(false)
      await again.put(`round ${round}`, { at: `at ${round}`, n: round, note: '' })
      const other = through(one.createKeyValueStore('other', words))
      await other.put(`round ${round}`, 'text 1')
      for (const [n, at] of texts.entries()) expect(await again.get(at)).toEqual({ at, n, note: at.slice(0, 5) })
      expect(await again.get('round 0')).toEqual({ at: 'at 0', n: 0, note: '' })
      expect(await read(other.values())).toEqual(Array(round + 1).fill('text 1'))
      expect(await again.count()).toBe(texts.length + round + 1)
    }
  })

  it('windows and sessions have theirs', async () => {
    const reopen = reopener()
    const open = async () => {
      const one = await reopen()
      return [
        through(one.createWindowStore('windows', { ...words, windowSize: 10 })),
        through(one.createSessionStore('sessions', words)),
      ] as const
    }
    const [windows, sessions] = await open()
    await windows.put('b', 'x', 0)
    await windows.put('a', 'y', 0)
    await sessions.put('c', 'z', 0, 5)
    for (let round = 0; round < 2; round++) {
      const [windows, sessions] = await open()
      expect([await windows.get('b', 0), await windows.get('a', 0), await windows.get('c', 0)]).toEqual([
        'x',
        'y',
        undefined,
      ])
      expect((await read(sessions.findSessions('c', 0, 9))).map(({ value }) => value)).toEqual(['z'])
      await sessions.put('d', `${round}`, 0, 5)
    }
  })

  it('strings of a transaction that was taken back leave no gap', async () => {
    const reopen = reopener()
    const one = await reopen()
    const rows = one.createKeyValueStore('rows', words)
    const undone = () => {
      rows.putSync('a', 'b')
      rows.putSync('c', 'd')
      throw new Error('undone')
    }
    expect(() => one.transactionSync(undone)).toThrow('undone')
    rows.putSync('new', 'd')
    expect(() => one.transactionSync(undone)).toThrow('undone')
    await rows.put('more', 'e')
    const again = through((await reopen()).createKeyValueStore('rows', words))
    expect((await read(again.all())).map(({ key, value }) => key + value).toSorted()).toEqual(['moree', 'newd'])
    await again.put('c', 'b')
    expect(await again.get('c')).toBe('b')
  })

  it("with commits: 'manual' strings go back to the last commit with their rows", async () => {
    const reopen = reopener()
    const one = await reopen({ commits: 'manual' })
    const rows = through(one.createKeyValueStore('rows', words))
    await rows.put('a', 'b')
    await one.commit()
    await rows.put('c', 'd')
    const two = await reopen({ commits: 'manual' })
    const again = through(two.createKeyValueStore('rows', words))
    await again.put('d', 'a')
    await two.commit()
    const third = through((await reopen({ commits: 'manual' })).createKeyValueStore('rows', words))
    expect([await third.get('a'), await third.get('c'), await third.get('d')]).toEqual(['b', undefined, 'a'])
  })

  it('a store that was restored from another one has its codes', async () => {
    const [reopen, other] = [reopener(), await reopener()()]
    const rows = through((await reopen()).createKeyValueStore('rows', words))
    for (const text of ['a', 'b', 'c', 'd']) await rows.put(text, text)
    const source = other.createKeyValueStore('source', words)
    source.putSync('d', 'x')
    source.putSync('a', 'y')
    using view = source.snapshot()
    await rows.restore(view)
    await rows.put('e', 'b')
    const again = through((await reopen()).createKeyValueStore('rows', words))
    const found = (await read(again.all())).map(({ key, value }) => key + value)
    expect(found.toSorted()).toEqual(['ay', 'dx', 'eb'])
    expect([await again.get('a'), await again.get('b'), await again.get('e')]).toEqual(['y', undefined, 'b'])
  })

  it('a cleared store has them still', async () => {
    const reopen = reopener()
    const rows = through((await reopen()).createKeyValueStore('rows', words))
    await rows.put('a', 'b')
    await rows.clear()
    const again = through((await reopen()).createKeyValueStore('rows', words))
    expect(await again.count()).toBe(0)
    await again.put('c', 'a')
    expect(await read(again.all())).toEqual([{ key: 'c', value: 'a' }])
  })
}
