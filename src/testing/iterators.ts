import { string, u32 } from '../index.js'
import { fill, type Theme } from './bench.js'

// Beyond the first fill of an iterator and beyond its whole buffer, so that each way of going on is met.
const SIZES = [3, 200, 3000]
const storeOptions = { keyCodec: u32(), valueCodec: string() }

export const iterators: Theme = ({ it, each, expect, provider, store, through, read, keysOf }) => {
  it('K28 a put during an iteration does not break it', async () => {
    const rows = store()
    await rows.put(0, 'zero')
    const scan = rows.range(0, 2)[Symbol.iterator]()
    const scanAsync = rows.range(0, 2)[Symbol.asyncIterator]()
    await rows.put(1, 'one')
    for (const next of [() => scan.next(), () => scanAsync.next()]) {
      expect((await next()).value).toEqual({ key: 0, value: 'zero' })
      expect(await next()).toEqual({ done: true, value: undefined })
    }
    expect(await keysOf(rows.range(0, 2))).toEqual([0, 1])
  })

  each(
    SIZES,
    size => `K28 puts between all of ${size} rows do not break it either`,
    async size => {
      const rows = store()
      await Promise.all(Array.from({ length: size }, (_, i) => rows.put(2 * i, `${2 * i}`)))
      for (const reverse of [false, true]) {
        const seen: number[] = []
        const puts: Promise<void>[] = []
        for await (const { key } of rows.all({ reverse })) {
          seen.push(key)
          puts.push(rows.put(key + 1, 'between'))
        }
        await Promise.all(puts)
        expect(seen).toHaveLength(reverse ? 2 * size : size)
        expect(seen).toEqual(seen.toSorted((a, b) => (reverse ? b - a : a - b)))
      }
    },
  )

  each(
    SIZES,
    size => `K29 of ${size} rows, those written after the iteration began do not show in it`,
    async size => {
      const rows = store()
      await fill(rows, Array(size).keys())
      const seen = []
      for (const { key, value } of rows.all()) {
        if (key === 0) {
          await rows.delete(size - 1)
          await rows.put(size - 2, 'changed')
          await rows.put(size, 'new')
        }
        seen.push(value)
      }
      expect(seen).toEqual(Array.from({ length: size }, (_, key) => `${key}`))
      const after = await read(rows.all())
      expect(after.slice(-2)).toEqual([
        { key: size - 2, value: 'changed' },
        { key: size, value: 'new' },
      ])
      expect(after).toHaveLength(size)
    },
  )

  each(
    SIZES,
    size => `K29 deleting each of ${size} rows as it is read is fine`,
    async size => {
      const rows = store()
      await fill(rows, Array(size).keys())
      let read = 0
      for await (const { key } of rows.all()) {
        expect(key).toBe(read++)
        await rows.delete(key)
      }
      expect(read).toBe(size)
      expect(await rows.count()).toBe(0)
    },
  )

  each(
    [10, 300],
    size => `K29 large values of ${size} rows are those of the moment when it began, too`,
    async size => {
      const rows = store()
      const large = (key: number) => `${key} `.repeat(30_000)
      for (let key = 0; key < size; key++) await rows.put(key, key % 50 === 7 ? large(key) : `${key}`)
      let expected = 0
      for (const { key, value } of rows.all()) {
        expect(key).toBe(expected)
        expect(value === (key % 50 === 7 ? large(key) : `${key}`)).toBe(true)
        if (expected++ === 0) for (let other = 1; other < size; other++) await rows.delete(other)
      }
      expect(expected).toBe(size)
      expect(await rows.count()).toBe(1)
    },
  )

  it('K29 a large value of the last row is that of the moment when the iteration began, too', async () => {
    const rows = store()
    const large = 'large '.repeat(20_000)
    await rows.put(1, 'small')
    await rows.put(2, large)
    const scan = rows.all()[Symbol.iterator]()
    scan.next()
    await rows.put(2, 'changed')
    expect(scan.next().value).toEqual({ key: 2, value: large })
    expect(scan.next().done).toBe(true)
    await rows.put(2, large)
    const cleared = rows.all()[Symbol.iterator]()
    cleared.next()
    await rows.clear()
    expect(cleared.next().value).toEqual({ key: 2, value: large })
    expect(cleared.next().done).toBe(true)
  })

  it('K29 so is that of a row that is the only one, before it is read', async () => {
    const one = provider()
    const rows = through(one.createKeyValueStore('rows', storeOptions))
    const large = 'large '.repeat(20_000)
    for (const change of [() => rows.put(2, 'changed'), () => rows.delete(2), () => rows.clear()]) {
      await rows.put(2, large)
      const begun = [rows.all(), rows.range(2, 2, { reverse: true })].map(scan => scan[Symbol.iterator]())
      const left = rows.all()[Symbol.iterator]()
      await change()
      for (const scan of begun) {
        expect(scan.next().value).toEqual({ key: 2, value: large })
        expect(scan.next().done).toBe(true)
      }
      left.return!()
      expect(left.next().done).toBe(true)
    }
    expect(await read(rows.all())).toEqual([])
    expect(one.stats().openIterators).toBe(0)
  })

  it('K30 the view is that of the moment when iteration begins, and each iteration is a new one', async () => {
    const rows = store()
    await fill(rows, [1])
    const all = rows.all()
    await rows.put(9, '9')
    expect(await keysOf(all)).toEqual([1, 9])
    await rows.delete(1)
    expect(await keysOf(all)).toEqual([9])
  })

  it('K31 leaving a loop early releases it, and a new one gives every row', async () => {
    const one = provider()
    const rows = through(one.createKeyValueStore('rows', storeOptions))
    await fill(rows, Array(1000).keys())
    for (const { key } of rows.all()) if (key === 500) break
    for await (const { key } of rows.all()) if (key === 500) break
    expect(one.stats().openIterators).toBe(0)
    expect(await keysOf(rows.all())).toHaveLength(1000)
    const left = rows.all()[Symbol.iterator]()
    left.next()
    left.return!()
    expect(left.next()).toEqual({ done: true, value: undefined })
    const leftAsync = rows.all()[Symbol.asyncIterator]()
    await leftAsync.next()
    await leftAsync.return!()
    expect(await leftAsync.next()).toEqual({ done: true, value: undefined })
    expect(one.stats().openIterators).toBe(0)
  })

  it('K31 so does leaving it by a throw', async () => {
    const one = provider()
    const rows = through(one.createKeyValueStore('rows', storeOptions))
    await fill(rows, Array(1000).keys())
    const thrown = new Error('on purpose')
    const loop = async () => {
      for await (const { key } of rows.all()) if (key === 500) throw thrown
    }
    expect(await loop().catch(error => error)).toBe(thrown)
    expect(() => {
      for (const { key } of rows.all({ reverse: true })) if (key === 500) throw thrown
    }).toThrow(thrown)
    expect(one.stats().openIterators).toBe(0)
    expect(await keysOf(rows.all())).toHaveLength(1000)
  })

  it('K32 an empty store iterates to nothing, and an exhausted iterator stays done', async () => {
    const rows = store()
    expect(await read(rows.all())).toEqual([])
    expect(rows.all().first()).toBeUndefined()
    const none = rows.all()[Symbol.iterator]()
    expect(none.next().done).toBe(true)
    const noneAsync = rows.all()[Symbol.asyncIterator]()
    expect(await noneAsync.next()).toEqual({ done: true, value: undefined })
    await rows.put(1, 'late')
    expect(none.next()).toEqual({ done: true, value: undefined })
    expect(await noneAsync.next()).toEqual({ done: true, value: undefined })
  })

  it('K32 first looks without using up, any number of times', async () => {
    const rows = store()
    await fill(rows, [1, 2, 3])
    const all = rows.all()
    for (let i = 0; i < 3; i++) expect(all.first()).toEqual({ key: 1, value: '1' })
    expect(rows.all({ reverse: true }).first()).toEqual({ key: 3, value: '3' })
    expect(await keysOf(all)).toEqual([1, 2, 3])
  })

  it('two iterators of one store go on side by side, with gets and puts between', async () => {
    const rows = store()
    await fill(rows, Array(2000).keys())
    const [up, down] = [rows.all()[Symbol.iterator](), rows.all({ reverse: true })[Symbol.iterator]()]
    for (let i = 0; i < 2000; i++) {
      expect(up.next().value).toEqual({ key: i, value: `${i}` })
      expect(down.next().value).toEqual({ key: 1999 - i, value: `${1999 - i}` })
      expect(await rows.get((i * 7) % 2000)).toBeDefined()
      await rows.put((i * 13) % 2000, 'changed')
    }
    expect([up.next().done, down.next().done]).toEqual([true, true])
  })

  it('an iterator is its own iterable, and toArray is the loop', async () => {
    const rows = store()
    await fill(rows, Array(700).keys())
    expect(rows.all().toArray()).toEqual(await read(rows.all()))
    const rest = rows.keys()[Symbol.iterator]()
    rest.next()
    expect([...(rest as Iterable<number> & typeof rest)]).toHaveLength(699)
  })

  it('an aborted signal ends the iteration with its reason, and releases it', async () => {
    const one = provider()
    const rows = through(one.createKeyValueStore('rows', storeOptions))
    await fill(rows, Array(1000).keys())
    const abort = new AbortController()
    const seen: number[] = []
    const loop = async () => {
      for await (const key of rows.keys({ signal: abort.signal })) {
        seen.push(key)
        if (key === 300) abort.abort(new Error('enough'))
      }
    }
    await expect(loop()).rejects.toThrow('enough')
    expect(seen).toHaveLength(301)
    expect(one.stats().openIterators).toBe(0)
    await expect(read(rows.all({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ name: 'AbortError' })
    expect(() => rows.all({ signal: AbortSignal.abort() }).first()).toThrow()
  })
}
