import { bytes, type Codec, json, string, struct, tuple, u32 } from '../index.js'
import { fill, type Theme } from './bench.js'

const text: Codec<string> = { encode: key => Buffer.from(key), decode: String }

export const points: Theme = ({ it, expect, refuses, provider, store, storeOf, through, read }) => {
  it('K1 a put is there for get and has, and a key never put is not', async () => {
    const rows = store()
    await rows.put(0, 'zero')
    expect(await rows.get(0)).toBe('zero')
    expect(await rows.has(0)).toBe(true)
    expect(await rows.get(3)).toBeUndefined()
    expect(await rows.has(3)).toBe(false)
  })

  it('K2 the later put wins, and the key is there once', async () => {
    const rows = store()
    await rows.put(1, 'a')
    await rows.put(1, 'b')
    expect(await rows.get(1)).toBe('b')
    expect(await read(rows.all())).toEqual([{ key: 1, value: 'b' }])
  })

  it('K3 a deleted key is gone from every read', async () => {
    const rows = storeOf(string(), string())
    await fill(rows, ['1', '2'])
    await rows.delete('2')
    await rows.delete('never put')
    expect(await rows.get('2')).toBeUndefined()
    expect(await rows.has('2')).toBe(false)
    expect(await rows.getMany(['1', '2'])).toEqual(['1', undefined])
    for (const reverse of [false, true]) {
      for (const scan of [rows.all({ reverse }), rows.range('1', '2', { reverse }), rows.prefix('', { reverse })]) {
        expect(await read(scan)).toEqual([{ key: '1', value: '1' }])
      }
      expect(await read(rows.range('2', '2', { reverse }))).toEqual([])
      expect(await read(rows.prefix('2', { reverse }))).toEqual([])
      expect(await read(rows.keys({ reverse }))).toEqual(['1'])
      expect(await read(rows.values({ reverse }))).toEqual(['1'])
    }
    expect(await rows.count()).toBe(1)
    expect([await rows.count('1', '2'), await rows.count('2')]).toEqual([1, 0])
  })

  it('K3 so are thousands, asked for together, and the last one leaves nothing', async () => {
    const rows = store()
    const keys = Array.from({ length: 3000 }, (_, key) => key)
    await rows.batch(keys.map(key => ({ type: 'put', key, value: `${key}` })))
    await Promise.all(keys.filter(key => key % 3 > 0).map(key => rows.delete(key)))
    expect(await rows.getMany(keys)).toEqual(keys.map(key => (key % 3 > 0 ? undefined : `${key}`)))
    expect(await read(rows.keys())).toEqual(keys.filter(key => key % 3 === 0))
    expect(await read(rows.values())).toHaveLength(1000)
    expect([await rows.count(), await rows.count(1, 8)]).toEqual([1000, 2])
    await Promise.all(keys.map(key => rows.delete(key)))
    expect(new Set(await rows.getMany(keys))).toEqual(new Set([undefined]))
    expect([await read(rows.all()), await read(rows.keys()), await rows.count()]).toEqual([[], [], 0])
  })

  it('K12 putIfAbsent stores once, until the key is deleted', async () => {
    const rows = store()
    expect(await rows.putIfAbsent(4, 'four')).toBeUndefined()
    expect(await rows.putIfAbsent(4, 'x')).toBe('four')
    expect(await rows.get(4)).toBe('four')
    await rows.delete(4)
    expect(await rows.putIfAbsent(4, 'again')).toBeUndefined()
    expect(await rows.get(4)).toBe('again')
  })

  for (const [codec, key, keyCodec] of [
    ['u32', 1, u32()],
    ['string', 'a', string()],
    ['bytes', Buffer.of(1), bytes()],
    ['tuple', [1, 'a'], tuple(u32(), string())],
    ['json', 'a', json()],
    ["a user's", 'a', text],
  ] as [string, unknown, Codec<any>][]) {
    for (const missing of [null, undefined] as any[]) {
      it(`K20 a key of ${codec} that is ${missing} is refused by every method, and nothing changes`, async () => {
        const options = { keyCodec, valueCodec: struct({ n: u32() }) }
        const one = provider()
        const rows = through(one.createKeyValueStore('rows', options))
        const numbers = through(one.createKeyValueStore('numbers', { keyCodec, valueCodec: u32() }))
        const value = { n: 1 }
        await rows.put(key, value)
        for (const call of [
          () => rows.get(missing),
          () => rows.has(missing),
          () => rows.put(missing, value),
          () => rows.putIfAbsent(missing, value),
          () => rows.delete(missing),
          () => rows.update(missing, () => value),
          () => rows.update(missing, () => undefined),
          () => rows.updateFields(missing, { n: { add: 1 } }),
          () => numbers.add(missing, 1),
          () => rows.getMany([missing]),
          () => rows.getMany([...Array(20).fill(key), missing]),
          () => rows.batch([{ type: 'put', key: missing, value }]),
          () =>
            rows.batch([
              { type: 'delete', key },
              { type: 'delete', key: missing },
            ]),
        ]) {
          await refuses(call, 'key', 'TypeError')
        }
        expect(await read(rows.values())).toEqual([value])
        expect(await numbers.count()).toBe(0)
      })
    }
  }

  it('K21 null is a value where the codec takes it', async () => {
    const rows = storeOf(u32(), json<null | string>())
    await rows.put(1, null)
    expect(await rows.get(1)).toBeNull()
    expect(await rows.has(1)).toBe(true)
    expect(await rows.putIfAbsent(1, 'x')).toBeNull()
    expect(await rows.putIfAbsent(2, null)).toBeUndefined()
    expect(await read(rows.keys())).toEqual([1, 2])
    expect(await rows.update(1, () => null)).toBeNull()
    expect(await rows.count()).toBe(2)
    await rows.put(2, 'a')
    await rows.batch([
      { type: 'put', key: 2, value: null },
      { type: 'put', key: 3, value: null },
    ])
    expect(await rows.getMany([1, 2, 3])).toEqual([null, null, null])
    await rows.delete(1)
    await rows.batch([{ type: 'delete', key: 2 }])
    await rows.update(3, () => undefined)
    expect(await read(rows.all())).toEqual([])
  })

  it('K21 null is refused where the codec does not take it, and nothing changes', async () => {
    const rows = store()
    await rows.put(1, 'a')
    const none = null as any
    await refuses(() => rows.put(1, none))
    await refuses(() => rows.putIfAbsent(2, none))
    await refuses(() => rows.update(1, () => none))
    await refuses(() => rows.batch([{ type: 'put', key: 1, value: none }]))
    expect(await read(rows.all())).toEqual([{ key: 1, value: 'a' }])
  })

  it('K21 a codec that encodes to nothing removes nothing', async () => {
    const rows = storeOf(u32(), { encode: (_: string): Uint8Array => new Uint8Array(0), decode: () => 'nothing' })
    await rows.put(1, 'a')
    expect(await rows.get(1)).toBe('nothing')
    expect(await rows.putIfAbsent(1, 'b')).toBe('nothing')
    await rows.batch([{ type: 'put', key: 2, value: 'c' }])
    expect(await read(rows.keys())).toEqual([1, 2])
  })

  it('K21 undefined is no value: refused, and nothing changes', async () => {
    const rows = storeOf(u32(), json<any>())
    await rows.put(1, 'a')
    await refuses(() => rows.put(1, undefined), 'value', 'TypeError')
    await refuses(() => rows.putIfAbsent(2, undefined), 'value', 'TypeError')
    await refuses(() => rows.batch([{ type: 'put', key: 1, value: undefined }]), 'value', 'TypeError')
    expect(await read(rows.all())).toEqual([{ key: 1, value: 'a' }])
  })

  it('K22 delete gives nothing; update gives the new value, and an update to undefined removes', async () => {
    const rows = store()
    await rows.put(1, 'a')
    expect(await rows.update(1, value => `${value}b`)).toBe('ab')
    expect(await rows.update(2, value => value ?? 'new')).toBe('new')
    expect(await rows.update(1, () => undefined)).toBeUndefined()
    expect(await rows.update(3, () => undefined)).toBeUndefined()
    expect(await rows.delete(2)).toBeUndefined()
    expect(await rows.count()).toBe(0)
  })

  it('K37 an empty value is not a missing one', async () => {
    const rows = storeOf(string(), string())
    await rows.put('k', '')
    expect(await rows.get('k')).toBe('')
    expect(await rows.has('k')).toBe(true)
    expect(await rows.putIfAbsent('k', 'x')).toBe('')
    expect(await rows.getMany(['k', 'l'])).toEqual(['', undefined])
    expect(await read(rows.all())).toEqual([{ key: 'k', value: '' }])
  })

  it('getMany gives values in the order of the keys, few or many, twice where asked twice', async () => {
    const rows = store()
    await fill(rows, [1, 2, 3])
    expect(await rows.getMany([3, 9, 1, 3])).toEqual(['3', undefined, '1', '3'])
    expect(await rows.getMany(new Set([2]))).toEqual(['2'])
    expect(await rows.getMany([])).toEqual([])
    const many = Array.from({ length: 3000 }, (_, i) => i % 5)
    const expected = many.map(key => (key >= 1 && key <= 3 ? `${key}` : undefined))
    expect(await rows.getMany(many)).toEqual(expected)
  })

  it('20 concurrent increments give 20', async () => {
    const rows = storeOf(string(), u32())
    await Promise.all(Array.from({ length: 20 }, () => rows.update('n', (n = 0) => n + 1)))
    expect(await rows.get('n')).toBe(20)
    await Promise.all(Array.from({ length: 20 }, () => rows.add('n', 1)))
    expect(await rows.get('n')).toBe(40)
  })
}
