import { type BatchOperation, json, string, u32 } from '../index.js'
import { fill, type Theme } from './bench.js'

const options = { keyCodec: u32(), valueCodec: string() }

export const lifecycle: Theme = ({ it, each, expect, refuses, closes, provider, store, through, read, keysOf }) => {
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
        const rows = through(one.createKeyValueStore('rows', options))
        await fill(rows, Array(size).keys())
        const scan = rows.all()[Symbol.iterator]()
        expect(scan.next().value).toEqual({ key: 0, value: '0' })
        await (what === 'store' ? rows : one).close()
        await closes(() => scan.next())
      }
    },
  )

  it('K34 closing one object of a store leaves another of the same name', async () => {
    const one = provider()
    const [first, second] = [1, 2].map(() => through(one.createKeyValueStore('rows', options)))
    await first!.put(1, 'a')
    await first!.close()
    expect(await second!.get(1)).toBe('a')
    expect(await through(one.createKeyValueStore('rows', options)).get(1)).toBe('a')
  })

  it('K36 a rebuild from a log of writes gives their sum', async () => {
    const log: BatchOperation<number, string>[] = [0, 1, 2, 3].map(key => ({ type: 'put', key, value: `${key}` }))
    const rows = store()
    await rows.batch(log)
    expect(await keysOf(rows.all())).toEqual([0, 1, 2, 3])
    await rows.batch([...log, { type: 'delete', key: 0 }])
    expect(await keysOf(rows.all())).toEqual([1, 2, 3])
    expect(await rows.get(0)).toBeUndefined()
    await rows.batch([...log, { type: 'delete', key: 0 }, { type: 'put', key: 0, value: 'later' }])
    await rows.batch([...log, { type: 'delete', key: 0 }, { type: 'put', key: 0, value: 'later' }])
    expect(await rows.get(0)).toBe('later')
    expect(await rows.count()).toBe(4)
  })

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

  it('K39 two stores of one provider hold the same key apart', async () => {
    const one = provider()
    const [a, b] = ['a', 'b'].map(name => through(one.createKeyValueStore(name, options)))
    await a!.put(1, 'of a')
    await b!.put(1, 'of b')
    await a!.batch([{ type: 'put', key: 2, value: 'of a' }])
    expect(await b!.get(1)).toBe('of b')
    expect(await b!.has(2)).toBe(false)
    expect(await b!.getMany([1, 2])).toEqual(['of b', undefined])
    expect(await read(a!.values())).toEqual(['of a', 'of a'])
    expect(await b!.putIfAbsent(2, 'b too')).toBeUndefined()
    await a!.clear()
    expect(await keysOf(b!.all())).toEqual([1, 2])
    expect(await a!.count()).toBe(0)
    expect([a!.name, b!.name]).toEqual(['a', 'b'])
  })

  it('K39 a missing or empty name, and a missing codec, is refused by name', async () => {
    const one = provider()
    const open = (name: any, wanted: any) => () => one.createKeyValueStore(name, wanted)
    await refuses(open('', options), 'name')
    await refuses(open(undefined, options), 'name')
    await refuses(open(7, options), 'name')
    await refuses(open('rows', undefined), 'rows')
    await refuses(open('rows', { valueCodec: json() }), 'keyCodec')
    await refuses(open('rows', { keyCodec: u32() }), 'valueCodec')
    expect(one.createKeyValueStore('rows', options).countSync()).toBe(0)
  })
}
