import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DictionaryKeyEncoder, InMemoryStore } from '../../src/index.js'
import { corrupt, refused } from './codec/errors.js'

const key = (text: string) => Buffer.from(text)
const code = (n: number) => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n])

describe('DictionaryKeyEncoder', () => {
  it('gives out the codes 0, 1, 2 … and the same one again', () => {
    const dictionary = new DictionaryKeyEncoder()
    expect([dictionary.isEmpty(), dictionary.encode(key('a'))]).toEqual([true, undefined])
    expect(['a', 'b', 'a', '', 'b'].map(text => dictionary.encodeOrInsert(key(text)))).toEqual([0, 1, 0, 2, 1])
    expect([dictionary.encode(key('b')), dictionary.encode(key('c')), dictionary.len()]).toEqual([1, undefined, 3])
    expect(dictionary.encodeToBytes(key('b'))).toEqual(Buffer.from([1, 0, 0, 0]))
    expect(dictionary.encodeToBytes(key('c'))).toBeUndefined()
    expect([0, 1, 2].map(n => String(dictionary.decode(n)))).toEqual(['a', 'b', ''])
    expect([3, -1, 0.5, Number.NaN].map(n => dictionary.decode(n))).toEqual(Array(4).fill(undefined))
  })

  it('begins at 0 again after clear', () => {
    const dictionary = new DictionaryKeyEncoder()
    dictionary.encodeOrInsert(key('a'))
    dictionary.clear()
    expect([dictionary.len(), dictionary.encode(key('a')), dictionary.decode(0)]).toEqual([0, undefined, undefined])
    expect(dictionary.encodeOrInsert(key('b'))).toBe(0)
  })

  it('takes keys of any bytes, copies them, and gives them back as they were', () => {
    const short = fc.uint8Array({ maxLength: 3, max: 2 })
    fc.assert(
      fc.property(fc.array(fc.oneof(short, fc.uint8Array())), keys => {
        const [dictionary, model] = [new DictionaryKeyEncoder(), new Map<string, number>()]
        for (const key of keys) {
          const name = Buffer.from(key).toString('hex')
          if (!model.has(name)) model.set(name, model.size)
          expect(dictionary.encodeOrInsert(key)).toBe(model.get(name))
          key.fill(7)
        }
        for (const [name, code] of model) expect(Buffer.from(dictionary.decode(code)!).toString('hex')).toBe(name)
        expect(DictionaryKeyEncoder.restore(dictionary.rows())).toEqual(dictionary)
      }),
    )
  })

  it('comes back from the snapshot of a store with the same codes', () => {
    using store = new InMemoryStore()
    const dictionary = new DictionaryKeyEncoder()
    for (let n = 0; n < 1000; n++) dictionary.encodeOrInsert(key(`device ${n}`))
    for (const { key, value } of dictionary.rows()) store.put(key, value)
    using snapshot = store.snapshot()
    const again = DictionaryKeyEncoder.restore(snapshot.iter())
    expect([again.len(), again.encode(key('device 999')), String(again.decode(256))]).toEqual([1000, 999, 'device 256'])
    expect(again.encodeOrInsert(key('more'))).toBe(1000)
  })

  it('refuses rows that are no dictionary, and keys that are no bytes', () => {
    const restore = (...rows: [Uint8Array, string][]) =>
      DictionaryKeyEncoder.restore(rows.map(([code, text]) => ({ key: code, value: key(text) })))
    expect(restore().len()).toBe(0)
    expect(() => restore([code(1), 'a'])).toThrow(corrupt('codes'))
    expect(() => restore([code(0), 'a'], [code(0), 'b'])).toThrow(corrupt('codes'))
    expect(() => restore([code(0).subarray(1), 'a'])).toThrow(corrupt('codes'))
    expect(() => restore([code(0), 'a'], [code(1), 'a'])).toThrow(corrupt('one key'))
    const dictionary = new DictionaryKeyEncoder()
    for (const bad of ['a', undefined, [1], 1]) {
      expect(() => dictionary.encode(bad as any)).toThrow(refused('key'))
      expect(() => dictionary.encodeOrInsert(bad as any)).toThrow(refused('key'))
    }
    expect(() => dictionary.decode('0' as any)).toThrow(refused('code'))
    expect(() => DictionaryKeyEncoder.restore(1 as any)).toThrow(refused('iterable'))
  })
})
