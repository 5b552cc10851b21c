import { describe, expect, it, onTestFinished } from 'vitest'
import { memory, string, u32 } from '../../../src/index.js'

const codecs = { keyCodec: string(), valueCodec: u32() }

function opened(engine: 'sorted' | 'hash') {
  const provider = memory({ engine })
  onTestFinished(() => provider.close())
  return provider.createKeyValueStore('counts', codecs)
}

describe('the engines of memory()', () => {
  it.each([
    ['sorted', 'hash'],
    ['hash', 'sorted'],
  ] as const)('a snapshot of %s is restored into %s', async (from, to) => {
    const [source, target] = [opened(from), opened(to)]
    for (let i = 0; i < 1000; i++) source.putSync(`user:${i}`, i)
    target.putSync('gone', 1)
    using view = source.snapshot()
    source.deleteSync('user:7')
    await target.restore(view)
    expect([target.getSync('gone'), target.getSync('user:7'), target.countSync()]).toEqual([undefined, 7, 1000])
    expect(target.all().toArray()).toEqual(view.all().toArray())
    target.addSync('user:7', 1)
    expect([target.getSync('user:7'), view.getSync('user:7')]).toEqual([8, 7])
  })

  it('the hash engine scans in order, and keeps what it had under a snapshot', () => {
    const store = opened('hash')
    for (const key of ['2', '13', '1', '11']) store.putSync(key, Number(key))
    using view = store.snapshot()
    store.addSync('2', 40)
    store.deleteSync('13')
    expect(store.keys().toArray()).toEqual(['1', '11', '2'])
    expect(view.values().toArray()).toEqual([1, 11, 13, 2])
    expect(store.getManySync(['2', '13', '1'])).toEqual([42, undefined, 1])
  })
})
