import { describe, expect, it } from 'vitest'
import { type Codec, string, u32 } from '../../../src/index.js'
import { engine } from '../../engines.js'
import { provider } from '../store/stores.js'

const options = { keyCodec: u32(), valueCodec: string() }

function opened(rows = 1000) {
  const one = provider()
  const store = one.createKeyValueStore('rows', options)
  for (let key = 0; key < rows; key++) store.putSync(key, `${key}`)
  return { one, store }
}

describe('stats', () => {
  it('counts the entries of all stores', () => {
    const { one } = opened(10)
    one.createKeyValueStore('more', options).putSync(1, 'a')
    expect(one.stats().entries).toBe(11)
  })

  it.runIf(engine.countsMemory)('counts native bytes, those that only a snapshot still sees included', async () => {
    const { one, store } = opened()
    const before = one.stats().nativeBytes
    expect(before).toBeGreaterThan(1000 * 6)
    const view = store.snapshot()
    for (let key = 0; key < 1000; key++) store.putSync(key, 'new')
    expect(one.stats().nativeBytes).toBeGreaterThan(before * 1.5)
    view[Symbol.dispose]()
    expect(one.stats().nativeBytes).toBeLessThan(before * 1.5)
    await store.clear()
    expect(one.stats().nativeBytes).toBeLessThan(before / 2)
  })

  it('shows open iterators and how old the oldest is', async () => {
    const { one, store } = opened()
    expect(one.stats()).toMatchObject({ openIterators: 0, oldestIteratorMs: 0 })
    const asked = store.all()
    expect(one.stats().openIterators).toBe(0)
    const first = asked[Symbol.iterator]()
    await new Promise(resolve => setTimeout(resolve, 20))
    const second = store.all()[Symbol.iterator]()
    second.next()
    expect(one.stats().openIterators).toBe(2)
    expect(one.stats().oldestIteratorMs).toBeGreaterThanOrEqual(15)
    first.return!()
    expect(one.stats().openIterators).toBe(1)
    expect(one.stats().oldestIteratorMs).toBeLessThan(15)
    for (const _ of second as IterableIterator<unknown>) {
    }
    expect(one.stats().openIterators).toBe(0)
  })

  it('has no open iterator left after an abort, of one that nobody went on with', () => {
    const { one, store } = opened()
    const abort = new AbortController()
    const rows = store.all({ signal: abort.signal })[Symbol.iterator]()
    expect(one.stats().openIterators).toBe(1)
    abort.abort()
    expect(one.stats().openIterators).toBe(0)
    expect(() => rows.next()).toThrow(abort.signal.reason)
  })

  it('has no open iterator left after first, a limit, or a loop to the end', async () => {
    const { one, store } = opened()
    store.all().first()
    store.all({ limit: 300 }).toArray()
    store.all().toArray()
    for await (const _ of store.all()) {
    }
    expect(one.stats().openIterators).toBe(0)
  })

  it('has none left after a loop whose body or whose decoder threw', async () => {
    const one = provider()
    let failing = false
    const valueCodec: Codec<string> = {
      encode: text => Buffer.from(text),
      decode(bytes) {
        if (failing) throw new Error('no text')
        return bytes.toString()
      },
    }
    const store = one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec })
    for (let key = 0; key < 1000; key++) store.putSync(key, 'x')
    const loop = (fail: () => void) => () => {
      for (const { key } of store.all()) if (key === 200) fail()
    }
    expect(
      loop(() => {
        throw new Error('the body')
      }),
    ).toThrow('the body')
    expect(
      loop(() => {
        failing = true
      }),
    ).toThrow('no text')
    expect(() => store.values().toArray()).toThrow('no text')
    await expect(
      (async () => {
        for await (const _ of store.all()) {
        }
      })(),
    ).rejects.toThrow('no text')
    const left = store.all()[Symbol.iterator]()
    expect(() => left.next()).toThrow('no text')
    expect(left.next()).toEqual({ done: true, value: undefined })
    expect(one.stats().openIterators).toBe(0)
  })
})
