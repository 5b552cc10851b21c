import { type BatchOperation, json, string, u32 } from '../index.js'
import { fill, type Theme } from './bench.js'

const options = { keyCodec: u32(), valueCodec: string() }

export const lifecycle: Theme = ({ it, each, expect, refuses, closes, provider, store, through, read }) => {
  for (const what of ['store', 'provider'] as const) {
    it(`K34 after the ${what} was closed every call is refused, and a second close is fine`, async () => {
      const one = provider()
      const rows = through(one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: u32() }))
      await rows.put(1, 1)
      const asked = rows.all()
      const closing = what === 'store' ? rows : one
      await closing.close()
      for (const call of [
        () => rows.get(1),
        () => rows.has(1),
        () => rows.put(1, 2),
        () => rows.putIfAbsent(1, 2),
        () => rows.delete(1),
        () => rows.update(1, () => 2),
        () => rows.add(1, 2),
        () => rows.getMany([1]),
        () => rows.getMany(Array(100).fill(1)),
        () => rows.batch([{ type: 'put', key: 1, value: 2 }]),
        () => rows.count(),
        () => rows.count(1, 2),
        () => rows.approximateNumEntries(),
        () => rows.clear(),
        () => rows.init(),
        () => rows.flush(),
        async () => rows.all(),
        async () => rows.keys(),
        async () => rows.values(),
        async () => rows.range(1, 2),
        async () => rows.snapshot(),
        () => read(asked),
        async () => asked.first(),
      ]) {
        await closes(call)
      }
      await closing.close()
      await one.close()
    })
  }

  each(
    [3, 1000],
    size => `K34 a loop over ${size} rows that was open throws at its next step`,
    async size => {
      for (const what of ['store', 'provider'] as const) {
        const one = provider()
        const rows = through(one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: string() }))
        for (let key = 0; key < size; key++) await rows.put(`${key}`.padStart(4, '0'), 'x')
        const all = [
          rows.all(),
          rows.all({ reverse: true }),
          rows.keys(),
          rows.values(),
          rows.range('', '9'),
          rows.prefix('0'),
        ]
        const scans = all.map(scan => scan[Symbol.iterator]())
        const asyncScans = all.map(scan => scan[Symbol.asyncIterator]())
        for (const scan of scans) expect(scan.next().done).toBe(false)
        for (const scan of asyncScans) expect((await scan.next()).done).toBe(false)
        await (what === 'store' ? rows : one).close()
        for (const scan of scans) await closes(async () => scan.next())
        for (const scan of asyncScans) await closes(() => scan.next())
      }
    },
  )

  for (const what of ['store', 'provider'] as const) {
    it(`K34 a loop whose body closes the ${what} throws at its next step`, async () => {
      const one = provider()
      const rows = through(one.createKeyValueStore('rows', options))
      await fill(rows, [1, 2, 3])
      const seen: number[] = []
      const loop = async () => {
        for await (const { key } of rows.all()) {
          seen.push(key)
          await (what === 'store' ? rows : one).close()
        }
      }
      await closes(loop)
      expect(seen).toEqual([1])
    })
  }

  it('K34 closing one object of a store leaves another of the same name', async () => {
    const one = provider()
    const [first, second] = [1, 2].map(() => through(one.createKeyValueStore('rows', options)))
    await first!.put(1, 'a')
    await first!.close()
    expect(await second!.get(1)).toBe('a')
    expect(await through(one.createKeyValueStore('rows', options)).get(1)).toBe('a')
  })

  const log: BatchOperation<number, string>[] = [0, 1, 2, 3].map(key => ({ type: 'put', key, value: `${key}` }))
  const deleted: BatchOperation<number, string> = { type: 'delete', key: 0 }

  each(
    [
      { what: 'puts', writes: log, sum: ['0', '1', '2', '3'] },
      { what: 'puts and a delete', writes: [...log, deleted], sum: [undefined, '1', '2', '3'] },
      {
        what: 'puts, a delete and a put again',
        writes: [...log, deleted, { type: 'put', key: 0, value: 'later' } as const],
        sum: ['later', '1', '2', '3'],
      },
    ],
    ({ what }) => `K36 a rebuild from a log of ${what} gives their sum, once or twice, in one batch or one by one`,
    async ({ writes, sum }) => {
      const [batched, single] = [store(), store()]
      for (let round = 0; round < 2; round++) {
        await batched.batch(writes)
        for (const write of writes) {
          if (write.type === 'put') await single.put(write.key, write.value)
          else await single.delete(write.key)
        }
        for (const rows of [batched, single]) {
          expect(await rows.getMany([0, 1, 2, 3])).toEqual(sum)
          const left = sum.flatMap((value, key) => (value === undefined ? [] : { key, value }))
          expect(await read(rows.all())).toEqual(left)
          expect(await rows.count()).toBe(left.length)
        }
      }
    },
  )

  it('K36 restore replaces everything: a row that the snapshot lacks is gone', async () => {
    const rows = store()
    await fill(rows, [1, 2])
    using view = rows.snapshot()
    await rows.put(3, 'later')
    await rows.put(1, 'changed')
    await rows.delete(2)
    await rows.restore(view)
    expect(await read(rows.all())).toEqual([
      { key: 1, value: '1' },
      { key: 2, value: '2' },
    ])
    expect(await rows.count()).toBe(2)
  })

  it('K39 two stores of one provider hold the same key apart, in every method', async () => {
    const one = provider()
    const texts = { keyCodec: string(), valueCodec: u32() }
    const [a, b] = ['a', 'b'].map(name => through(one.createKeyValueStore(name, texts)))
    expect([a!.name, b!.name]).toEqual(['a', 'b'])
    const untouched = [
      { key: 'j', value: 1 },
      { key: 'k', value: 2 },
    ]
    await b!.batch(untouched.map(row => ({ type: 'put', ...row })))
    for (const write of [
      () => a!.put('k', 10),
      () => a!.putIfAbsent('j', 20),
      () => a!.add('k', 5),
      () => a!.update('k', value => value! + 1),
      () =>
        a!.batch([
          { type: 'put', key: 'new', value: 30 },
          { type: 'delete', key: 'j' },
        ]),
      () => a!.delete('new'),
      () => a!.clear(),
      () => a!.put('l', 40),
      async () => {
        using view = a!.snapshot()
        await a!.delete('l')
        await a!.restore(view)
      },
    ]) {
      await write()
      for (const reverse of [false, true]) {
        const rows = reverse ? untouched.toReversed() : untouched
        for (const scan of [b!.all({ reverse }), b!.range('a', 'z', { reverse }), b!.prefix('', { reverse })]) {
          expect(await read(scan)).toEqual(rows)
        }
        expect(await read(b!.keys({ reverse }))).toEqual(rows.map(({ key }) => key))
        expect(await read(b!.values({ reverse }))).toEqual(rows.map(({ value }) => value))
      }
      expect(await b!.getMany(['j', 'k', 'l', 'new'])).toEqual([1, 2, undefined, undefined])
      expect([await b!.get('k'), await b!.has('l'), await b!.count(), await b!.count('k')]).toEqual([2, false, 2, 1])
    }
    expect(await read(a!.all())).toEqual([{ key: 'l', value: 40 }])
    expect([await a!.has('k'), await a!.get('j'), await a!.count()]).toEqual([false, undefined, 1])
    await b!.clear()
    expect(await a!.count()).toBe(1)
    await a!.close()
    await b!.put('k', 3)
  })

  it('K39 a missing or empty name, and a missing codec, is refused by name', async () => {
    const one = provider()
    const open = (name: any, wanted: any) => () => one.createKeyValueStore(name, wanted)
    await refuses(open('', options), 'name', 'TypeError')
    await refuses(open(undefined, options), 'name', 'TypeError')
    await refuses(open(7, options), 'name', 'TypeError')
    await refuses(open('rows', undefined), 'rows', 'TypeError')
    await refuses(open('rows', { valueCodec: json() }), 'keyCodec', 'TypeError')
    await refuses(open('rows', { keyCodec: u32() }), 'valueCodec', 'TypeError')
    expect(one.createKeyValueStore('rows', options).countSync()).toBe(0)
  })
}
