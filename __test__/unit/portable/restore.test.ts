import { describe, expect, it, onTestFinished } from 'vitest'
import { bytes, lmdb, memory, type StateStoreProvider, string, u32 } from '../../../src/index.js'
import { temporaryDirectory } from '../../engines.js'

const opens = {
  sorted: () => memory({ engine: 'sorted' }),
  portable: () => memory({ engine: 'portable' }),
  lmdb: () => lmdb({ stateDir: temporaryDirectory() }),
}

function opened(engine: keyof typeof opens): StateStoreProvider {
  const one = opens[engine]()
  onTestFinished(() => one.close())
  return one
}

const pairs = [
  ['sorted', 'portable'],
  ['lmdb', 'portable'],
  ['portable', 'sorted'],
  ['portable', 'lmdb'],
] as const

describe.each(pairs)('a snapshot of %s, restored into %s', (from, to) => {
  const both = [from, to] as const

  it('gives equal keys and values, large ones too', async () => {
    const options = { keyCodec: u32(), valueCodec: bytes() }
    const [source, target] = both.map(engine => opened(engine).createKeyValueStore('rows', options))
    for (let key = 0; key < 2000; key++) source!.putSync(key, Buffer.alloc(key % 50, key))
    for (const key of [7, 600, 1999]) source!.putSync(key, Buffer.alloc(200_000, key))
    target!.putSync(5000, Buffer.from('gone'))
    using view = source!.snapshot()
    source!.putSync(1, Buffer.from('later'))
    await target!.restore(view)
    using restored = target!.snapshot()
    expect([restored.entries, restored.sizeBytes]).toEqual([view.entries, view.sizeBytes])
    const expected = view.all()[Symbol.iterator]()
    for (const { key, value } of restored.all()) {
      const { key: expectedKey, value: expectedValue } = expected.next().value!
      expect([key, Buffer.compare(value, expectedValue)]).toEqual([expectedKey, 0])
    }
  })

  it('gives equal windows, with their duplicates and the stream time', async () => {
    const options = { keyCodec: string(), valueCodec: u32(), windowSize: 10, retention: 100, retainDuplicates: true }
    const [source, target] = both.map(engine => opened(engine).createWindowStore('rows', options))
    for (let i = 0; i < 1500; i++) source!.putSync(`key\0${i % 7}`, i, 10 * (i % 100))
    source!.putSync('latest', 1, 5000)
    source!.deleteSync('latest', 5000)
    using view = source!.snapshot()
    await target!.restore(view)
    expect(target!.all().toArray()).toEqual(view.all().toArray())
    expect(target!.streamTime).toBe(5000)
    expect(target!.expireSync(610)).toBe(source!.expireSync(610))
  })

  it('gives equal sessions, which merge as they did', async () => {
    const options = { keyCodec: string(), valueCodec: bytes() }
    const [source, target] = both.map(engine => opened(engine).createSessionStore('rows', options))
    for (let i = 0; i < 700; i++) source!.putSync(`key ${i % 3}`, Buffer.alloc(i % 5), 10 * i, 10 * i + (i % 9))
    source!.putSync('large', Buffer.alloc(100_000, 1), 0, 3)
    using view = source!.snapshot()
    await target!.restore(view)
    const times = (rows: Iterable<object>) => Array.from(rows, row => ({ ...row, value: 0 }))
    expect(times(target!.all())).toEqual(times(view.all()))
    expect(target!.getSync('large', 0, 3)).toHaveLength(100_000)
    const merged = [source, target].map(one => one!.mergeSync('key 0', 35, 20, near => Buffer.from(`${near.length}`)))
    expect(merged[1]).toEqual(merged[0])
  })

  it('has rows expire when they did, and is taken back whole in a transaction', async () => {
    const now = Date.now()
    const options = { keyCodec: string(), valueCodec: u32(), ttl: 60_000 }
    const [one, other] = both.map(engine => opened(engine)) as [StateStoreProvider, StateStoreProvider]
    const [source, target] = [one, other].map(one => one.createKeyValueStore('rows', options))
    source!.putSync('a', 1)
    source!.putSync('b', 2, { ttl: 1 })
    target!.putSync('mine', 3)
    using view = source!.snapshot()
    const boom = new Error('boom')
    const fails = () =>
      other.transactionSync(() => {
        void target!.restore(view)
        expect(target!.hasSync('mine')).toBe(false)
        throw boom
      })
    expect(fails).toThrow(boom)
    expect(target!.all().toArray()).toEqual([{ key: 'mine', value: 3 }])
    await expect.poll(() => Date.now()).toBeGreaterThan(now + 2)
    await target!.restore(view)
    expect(target!.all().toArray()).toEqual([{ key: 'a', value: 1 }])
  })

  it('changes nothing once it is disposed', async () => {
    const options = { keyCodec: string(), valueCodec: u32() }
    const [source, target] = both.map(engine => opened(engine).createKeyValueStore('rows', options))
    target!.putSync('mine', 3)
    const view = source!.snapshot()
    view[Symbol.dispose]()
    await expect(target!.restore(view)).rejects.toThrow(expect.objectContaining({ code: 'ERR_MILLPOND_CLOSED' }))
    expect(target!.all().toArray()).toEqual([{ key: 'mine', value: 3 }])
  })
})
