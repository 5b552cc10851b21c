import { string, u32 } from '../index.js'
import type { Theme } from './bench.js'
import { MAX, SIZE, windowStores } from './window-stores.js'

export const windowViews: Theme = bench => {
  const { it, each, expect, refuses, closes, provider, through, read } = bench
  const { storeOf, store, numbered, startsOf, keysOf, namesOf } = windowStores(bench)

  each(
    [2, 300],
    size => `W28 an open iteration over ${size} windows keeps what expiry removes`,
    async size => {
      const rows = store({ retention: 10 })
      for (let i = 0; i < size; i++) await rows.put('a', 'x', i * 10)
      const seen = []
      for (const { windowStart } of rows.fetch('a', 0, Infinity)) {
        if (seen.length === 0) expect(await rows.expire(MAX)).toBe(size)
        seen.push(windowStart)
      }
      expect(seen).toHaveLength(size)
      expect(await read(rows.fetch('a', 0, Infinity))).toEqual([])
    },
  )

  it('W28, W29 an iteration sees the moment when it began, before its first row as well', async () => {
    const rows = store({ retention: 10 })
    const large = 'large '.repeat(20_000)
    await rows.put('a', 'one', 0)
    await rows.put('a', 'two', 30)
    await rows.put('b', large, 30)
    const begun = [rows.fetch('a', 0, 50), rows.fetchAll(0, 30), rows.all(), rows.fetchRange('b', 'b', 0, 50)]
    const scans = begun.map(scan => scan[Symbol.iterator]())
    await rows.put('a', 'three', 20)
    await rows.put('c', 'four', 60)
    expect(await rows.expire(1000)).toBe(5)
    const expected = [['one', 'two'], ['one', 'two', large], ['one', 'two', large], [large]]
    for (const [i, scan] of scans.entries()) {
      for (const value of expected[i]!) expect(scan.next().value).toMatchObject({ value })
      expect(scan.next()).toEqual({ done: true, value: undefined })
    }
    for (const scan of begun) expect(await read<unknown>(scan)).toEqual([])
  })

  it('stream time is that of the rows as they are, whatever an iteration still reads', async () => {
    const rows = store({ retention: 100, enforceRetention: true })
    const large = 'large '.repeat(20_000)
    for (let i = 0; i < 5; i++) await rows.put('a', large, 1000 + i)
    const scan = rows.all()[Symbol.iterator]()
    scan.next()
    await rows.clear()
    expect(scan.next().value).toMatchObject({ value: large })
    expect(rows.streamTime).toBe(-Infinity)
    await rows.put('late', 'x', 5)
    expect(await rows.get('late', 5)).toBe('x')
    expect(rows.droppedRecords).toBe(0)
    scan.return?.()
  })

  each(
    [2, 1500],
    size => `W29 puts during an iteration over ${size} windows do not show in it`,
    async size => {
      const rows = store()
      for (let i = 0; i < size; i++) await rows.put(`${i % 7}`, 'x', i * 30)
      let seen = 0
      for (const { value } of rows.all()) {
        if (seen++ === 0) await rows.put('three', 'late', size * 30)
        if (seen === 1) await rows.put(`${(size - 1) % 7}`, 'changed', (size - 1) * 30)
        expect(value).toBe('x')
      }
      expect(seen).toBe(size)
      expect((await read(rows.all())).slice(-2).map(({ value }) => value)).toEqual(['changed', 'late'])
    },
  )

  it('W30 leaving a loop early loses nothing', async () => {
    const one = provider()
    const rows = through(one.createWindowStore('w', { keyCodec: u32(), valueCodec: u32(), windowSize: SIZE }))
    for (let i = 0; i < 700; i++) await rows.put(i, i, i)
    for (const { key } of rows.all()) if (key === 300) break
    for await (const { windowStart } of rows.fetch(5, 0, 9)) if (windowStart === 5) break
    expect(one.stats().openIterators).toBe(0)
    expect(await keysOf(rows.all())).toHaveLength(700)
  })

  it('W31 retainDuplicates keeps all values of a key and a window, in the order of the puts', async () => {
    const rows = store({ retainDuplicates: true })
    const values = ['zero', 'zero', 'zero+', 'zero++']
    for (const value of values) await rows.put('a', value, 0)
    expect((await read(rows.fetch('a', -3, 3))).map(({ value }) => value)).toEqual(values)
    expect((await read(rows.all({ reverse: true }))).map(({ value }) => value)).toEqual(values.toReversed())
    expect(await read(rows.fetch('a', 1, 7))).toEqual([])
    const plain = store()
    for (const value of values) await plain.put('a', value, 0)
    expect((await read(plain.fetch('a', -3, 3))).map(({ value }) => value)).toEqual(['zero++'])
  })

  it('W32 duplicates of several starts', async () => {
    const rows = store({ retainDuplicates: true })
    for (const [value, start] of [
      ['one', 0],
      ['two', 30],
      ['one-2', 0],
      ['two-2', 30],
      ['three', 60],
    ] as const) {
      await rows.put('a', value, start)
    }
    expect((await read(rows.fetch('a', 0, 30))).map(({ value }) => value)).toEqual(['one', 'one-2', 'two', 'two-2'])
  })

  it('W33 of duplicates get finds the first, and delete takes all', async () => {
    const rows = storeOf({ keyCodec: string(), valueCodec: u32(), retainDuplicates: true, retention: 10 })
    for (const value of [1, 2, 3]) await rows.put('a', value, 0)
    await rows.put('b', 4, 0)
    expect(await rows.get('a', 0)).toBe(1)
    await rows.delete('a', 0)
    expect(await rows.get('a', 0)).toBeUndefined()
    expect(await keysOf(rows.all())).toEqual(['b'])
    await rows.put('a', 5, 0)
    expect(await rows.get('a', 0)).toBe(5)
    expect(await rows.expire(100)).toBe(2)
    for (const call of [() => rows.add('a', 0, 1), () => rows.update('a', 0, () => 1)]) {
      await refuses(call, 'retainDuplicates')
    }
  })

  it('W34 the newest wins over what was flushed', async () => {
    const rows = store()
    await rows.put('a', 'x', 0)
    await rows.flush()
    await rows.put('a', 'y', 0)
    await rows.put('a', 'z', 10)
    for (const reverse of [false, true]) {
      expect((await read(rows.fetch('a', 0, 0, { reverse }))).map(({ value }) => value)).toEqual(['y'])
      expect(await startsOf(rows.fetch('a', 0, 10, { reverse }))).toEqual(reverse ? [10, 0] : [0, 10])
      const expected = reverse ? ['a@10', 'a@0'] : ['a@0', 'a@10']
      expect(await namesOf(rows.fetchRange('a', 'b', 0, 10, { reverse }))).toEqual(expected)
      expect(await namesOf(rows.all({ reverse }))).toEqual(expected)
    }
  })

  it('W35 a store filled across many flushes never shows a row twice', async () => {
    const rows = numbered()
    for (let i = 0; i < 60; i++) {
      await rows.put(i % 5, i, (i * 7) % 60)
      await rows.flush()
      expect(await read(rows.all())).toHaveLength(i + 1)
    }
  })

  for (const what of ['store', 'provider'] as const) {
    it(`W37 after the ${what} was closed every call is refused, and a loop's next step too`, async () => {
      const one = provider()
      const rows = through(
        one.createWindowStore('w', { keyCodec: u32(), valueCodec: u32(), windowSize: 1, retention: 1 }),
      )
      for (let i = 0; i < 300; i++) await rows.put(1, i, i)
      const scan = rows.fetch(1, 0, 300)[Symbol.iterator]()
      const scanAsync = rows.all()[Symbol.asyncIterator]()
      scan.next()
      await scanAsync.next()
      const closing = what === 'store' ? rows : one
      await closing.close()
      for (const call of [
        () => rows.put(1, 1, 0),
        () => rows.get(1, 0),
        () => rows.delete(1, 0),
        () => rows.update(1, 0, () => 1),
        () => rows.add(1, 0, 1),
        () => rows.expire(0),
        () => rows.count(),
        () => rows.approximateNumEntries(),
        () => rows.clear(),
        () => rows.init(),
        () => rows.flush(),
        async () => rows.streamTime,
        async () => rows.fetch(1, 0, 1),
        async () => rows.fetchAll(0, 1),
        async () => rows.fetchRange(1, 1, 0, 1),
        async () => rows.all(),
        async () => rows.snapshot(),
        async () => scan.next(),
        () => scanAsync.next(),
      ]) {
        await closes(call)
      }
      await closing.close()
    })
  }

  const putFourDeleteOne = async (rows: ReturnType<typeof numbered>) => {
    for (const [key, start] of [
      [1, 0],
      [2, 10],
      [3, 20],
      [4, 20],
    ] as const) {
      await rows.put(key, key, start)
    }
    await rows.delete(4, 20)
  }
  const threeLeft = [1, 2, 3].map(key => ({ key, windowStart: 10 * key - 10, windowEnd: 10 * key, value: key }))

  it('W39 a replay of the same writes changes nothing', async () => {
    const rows = numbered()
    for (let round = 0; round < 2; round++) await putFourDeleteOne(rows)
    expect(await read(rows.fetchAll(0, 20))).toEqual(threeLeft)
    expect([await rows.get(4, 20), await rows.count()]).toEqual([undefined, 3])
  })

  it('W39 a restore gives the same windows, with their ends, and none put since', async () => {
    const rows = numbered()
    await putFourDeleteOne(rows)
    using view = rows.snapshot()
    for (let round = 0; round < 2; round++) {
      await rows.put(5, 5, 10)
      await rows.put(1, 9, 0)
      await rows.delete(2, 10)
      for (let twice = 0; twice < 2; twice++) {
        await rows.restore(view)
        expect(await read(rows.fetchAll(0, 20))).toEqual(threeLeft)
        expect(await read(rows.fetchAll(0, 20, { reverse: true }))).toEqual(threeLeft.toReversed())
        expect(await read(rows.fetch(5, 0, 20))).toEqual([])
        expect(await rows.count()).toBe(3)
      }
    }
  })

  it('snapshots show windows as they were', async () => {
    const one = provider()
    const options = { keyCodec: string(), valueCodec: u32(), windowSize: SIZE, retention: 10 }
    const rows = one.createWindowStore('w', options)
    rows.putSync('a', 1, 0)
    rows.putSync('b', 2, 5)
    using view = rows.snapshot()
    using all = one.snapshot()
    rows.putSync('a', 9, 0)
    rows.putSync('c', 3, 50)
    rows.expireSync(1000)
    for (const seen of [view, all.createWindowStore('w', options)]) {
      expect(await namesOf(seen.all())).toEqual(['a@0', 'b@5'])
      expect(seen.getSync('a', 0)).toBe(1)
      expect(await startsOf(seen.fetch('b', 0, 9))).toEqual([5])
      expect(seen.streamTime).toBe(5)
      expect(seen.countSync()).toBe(2)
    }
    expect(view.entries).toBe(2)
    await rows.restore(view)
    expect(await namesOf(rows.all())).toEqual(['a@0', 'b@5'])
    expect(rows.streamTime).toBe(5)
  })
}
