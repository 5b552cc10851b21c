import { describe, expect, it } from 'vitest'
import {
  f64,
  json,
  type KeyCodec,
  type KeyValueStore,
  msgpack,
  string,
  struct,
  tuple,
  u32,
} from '../../../src/index.js'
import { plainText, provider, scratchText } from './stores.js'

/** What a user's code could do to a store in the middle of another call. */
function disturb(store: KeyValueStore<string, any, any>, value: unknown) {
  store.putSync('other', value)
  store.putSync('doomed', value)
  store.getSync('other')
  store.hasSync('nothing')
  store.getManySync(['other', 'nothing', 'doomed'])
  store.all().toArray()
  store.deleteSync('doomed')
  store.countSync('a', 'z')
}

const keyCodecs: [string, KeyCodec<string, any>][] = [
  ['string()', string()],
  ['a codec of the user', plainText as any],
  ['one that hands out the same memory every time', scratchText() as any],
]

describe.each(keyCodecs)('with keys of %s', (_, keyCodec) => {
  it('a toJSON that calls the store leaves both values right', () => {
    const rows = provider().createKeyValueStore('rows', { keyCodec, valueCodec: json<any>() })
    const value = {
      a: 1,
      toJSON() {
        disturb(rows, { longer: 'x'.repeat(500) })
        return { a: 'from toJSON' }
      },
    }
    rows.putSync('mine', value)
    expect(rows.putIfAbsentSync('mine too', value)).toBeUndefined()
    rows.batchSync([
      { type: 'put', key: 'batched', value },
      { type: 'put', key: 'batched too', value },
    ])
    for (const key of ['mine', 'mine too', 'batched', 'batched too']) {
      expect(rows.getSync(key), key).toEqual({ a: 'from toJSON' })
    }
    expect(rows.getSync('other')).toEqual({ longer: 'x'.repeat(500) })
    expect(rows.countSync()).toBe(5)
  })

  it('a getter that calls the store leaves both values right', () => {
    const valueCodec = struct({ n: f64(), inner: struct({ x: u32() }), tag: string() })
    const rows = provider().createKeyValueStore('rows', { keyCodec, valueCodec })
    const plain = { n: 7, inner: { x: 7 }, tag: 'seven' }
    const value = {
      n: 1,
      get inner() {
        disturb(rows, plain)
        return { x: 2 }
      },
      tag: 'three',
    }
    rows.putSync('mine', value)
    expect(rows.getSync('mine')).toEqual({ n: 1, inner: { x: 2 }, tag: 'three' })
    expect(rows.getSync('other')).toEqual(plain)
  })

  it('a getter of a struct of fixed width does so as well', () => {
    const rows = provider().createKeyValueStore('rows', { keyCodec, valueCodec: struct({ a: f64(), b: f64() }) })
    const value = {
      a: 1,
      get b() {
        disturb(rows, { a: 8, b: 9 })
        return 2
      },
    }
    rows.putSync('mine', value)
    expect(rows.getSync('mine')).toEqual({ a: 1, b: 2 })
    expect(rows.getSync('other')).toEqual({ a: 8, b: 9 })
  })

  it('a value codec that calls the store leaves both values right', () => {
    let busy = false
    const valueCodec = {
      encode(text: string) {
        if (!busy) {
          busy = true
          disturb(rows, 'the other value')
          busy = false
        }
        return Buffer.from(text)
      },
      decode(bytes: Buffer) {
        if (!busy) {
          busy = true
          disturb(rows, 'the other value')
          busy = false
        }
        return bytes.toString()
      },
    }
    const rows: KeyValueStore<string, string, any> = provider().createKeyValueStore('rows', { keyCodec, valueCodec })
    rows.putSync('mine', 'my value')
    expect(rows.getSync('mine')).toBe('my value')
    expect(rows.updateSync('mine', text => `${text}, updated`)).toBe('my value, updated')
    const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`)
    for (const key of keys) rows.putSync(key, `of ${key}`)
    expect(rows.getManySync(keys)).toEqual(keys.map(key => `of ${key}`))
    for (const { key, value } of rows.all()) {
      expect(value).toBe({ mine: 'my value, updated', other: 'the other value' }[key] ?? `of ${key}`)
    }
  })

  it('an update whose function calls the store writes its own key', () => {
    const rows = provider().createKeyValueStore('rows', { keyCodec, valueCodec: msgpack<any>() })
    rows.putSync('mine', 1)
    expect(
      rows.updateSync('mine', value => {
        disturb(rows, 'other value')
        rows.updateSync('inner', () => 'inner value')
        return value + 1
      }),
    ).toBe(2)
    expect(rows.getSync('mine')).toBe(2)
    expect(rows.getSync('other')).toBe('other value')
    expect(rows.getSync('inner')).toBe('inner value')
    expect(rows.countSync()).toBe(3)
  })

  it('an update of the key that its function updates: the outer one has the last word', () => {
    const rows = provider().createKeyValueStore('rows', { keyCodec, valueCodec: u32() })
    const outer = rows.updateSync('n', (n = 0) => {
      rows.updateSync('n', (inner = 0) => inner + 10)
      return n + 1
    })
    expect(outer).toBe(1)
    expect(rows.getSync('n')).toBe(1)
  })

  it('many keys at once, few and many, are each their own', () => {
    const rows = provider().createKeyValueStore('rows', { keyCodec, valueCodec: string() })
    for (const size of [3, 700]) {
      const keys = Array.from({ length: size }, (_, i) => `key ${i}`)
      rows.batchSync(keys.map(key => ({ type: 'put', key, value: `of ${key}` })))
      expect(rows.getManySync(keys)).toEqual(keys.map(key => `of ${key}`))
    }
  })

  it('bounds are fixed when the scan is asked for', () => {
    const rows = provider().createKeyValueStore('rows', { keyCodec, valueCodec: u32() })
    for (const [i, key] of ['a', 'b', 'c', 'd'].entries()) rows.putSync(key, i)
    const asked = rows.range('b', 'c')
    rows.putSync('zzzz', 9)
    expect([...asked].map(({ value }) => value)).toEqual([1, 2])
  })
})

describe('a tuple key with a getter', () => {
  it('is read before anything is written', () => {
    const codec = tuple(string(), u32())
    const rows = provider().createKeyValueStore('rows', { keyCodec: codec, valueCodec: string() })
    const sly = ['mine', 0] as [string, number]
    Object.defineProperty(sly, 1, {
      get() {
        rows.putSync(['another, longer key', 1], 'other value')
        return 2
      },
    })
    rows.putSync(sly, 'my value')
    expect(rows.getSync(['mine', 2])).toBe('my value')
    expect(rows.getSync(sly)).toBe('my value')
    expect(rows.getSync(['another, longer key', 1])).toBe('other value')
    expect(rows.getManySync([sly, ['mine', 2], ...Array(20).fill(sly)])).toEqual(Array(22).fill('my value'))
  })
})

describe('updateFields', () => {
  it('has read all operands before it writes one', () => {
    const valueCodec = struct({ n: u32(), at: struct({ x: f64(), y: f64() }) })
    const rows = provider().createKeyValueStore('rows', { keyCodec: string(), valueCodec })
    rows.putSync('mine', { n: 1, at: { x: 0, y: 0 } })
    const at = {
      get x() {
        disturb(rows, { n: 999, at: { x: 999, y: 999 } })
        return 3
      },
      y: 4,
    }
    rows.updateFieldsSync('mine', { n: { add: 1 }, at: { set: at } })
    expect(rows.getSync('mine')).toEqual({ n: 2, at: { x: 3, y: 4 } })
    rows.updateFieldsSync('new', { n: { add: 1 }, at: { set: at } })
    expect(rows.getSync('new')).toEqual({ n: 1, at: { x: 3, y: 4 } })
    expect(rows.getSync('other')).toEqual({ n: 999, at: { x: 999, y: 999 } })
  })

  it('reads an operation behind a getter once', () => {
    const rows = provider().createKeyValueStore('rows', { keyCodec: string(), valueCodec: struct({ n: u32() }) })
    rows.putSync('mine', { n: 1 })
    let reads = 0
    rows.updateFieldsSync('mine', {
      get n() {
        rows.putSync('other', { n: 50 })
        return { add: ++reads }
      },
    })
    expect(reads).toBe(1)
    expect(rows.getSync('mine')).toEqual({ n: 2 })
  })
})

describe('a decoder that meddles with the iterator that called it', () => {
  it('by going on with it gets rows of one piece', () => {
    const one = provider()
    let meddle = (): void => {}
    const keyCodec = {
      encode: plainText.encode,
      decode(bytes: Buffer) {
        meddle()
        return bytes.toString()
      },
    }
    const rows = one.createKeyValueStore('rows', { keyCodec, valueCodec: string() })
    const keys = Array.from({ length: 2000 }, (_, i) => `${i}`.padStart(5, '0'))
    for (const key of keys) rows.putSync(key, `of ${key}`)
    const iterator = rows.all()[Symbol.iterator]()
    let depth = 0
    const inner: { key: string; value: string }[] = []
    meddle = () => {
      if (depth > 0) return
      depth++
      const next = iterator.next()
      if (!next.done) inner.push(next.value)
      depth--
    }
    const outer = []
    for (let next = iterator.next(); !next.done; next = iterator.next()) outer.push(next.value)
    expect(outer.length + inner.length).toBe(keys.length)
    for (const { key, value } of [...outer, ...inner]) expect(value).toBe(`of ${key}`)
  })

  it('by ending it and beginning another gets rows of one piece', () => {
    let meddle = (): void => {}
    const keyCodec = {
      encode: plainText.encode,
      decode(bytes: Buffer) {
        meddle()
        return bytes.toString()
      },
    }
    const rows = provider().createKeyValueStore('rows', { keyCodec, valueCodec: string() })
    for (let i = 0; i < 1000; i++) rows.putSync(`${i}`, `of ${i}`)
    const iterator = rows.all()[Symbol.iterator]()
    meddle = () => {
      meddle = () => {}
      iterator.return!()
      rows.values({ reverse: true }).toArray()
    }
    const { key, value } = iterator.next().value!
    expect(value).toBe(`of ${key}`)
    expect(iterator.next().done).toBe(true)
  })
})

describe('closing in the middle of a put', () => {
  it('refuses it, and the process lives', () => {
    const one = provider()
    const rows = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: json<any>() })
    const closing = {
      toJSON() {
        void one.close()
        return 1
      },
    }
    const batch = [1, 2].map(i => ({ type: 'put', key: `${i}`, value: closing }) as const)
    expect(() => rows.batchSync(batch)).toThrow(expect.objectContaining({ code: 'ERR_MILLPOND_CLOSED' }))
    expect(() => rows.putSync('a', closing)).toThrow(expect.objectContaining({ code: 'ERR_MILLPOND_CLOSED' }))
  })
})
