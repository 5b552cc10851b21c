import { json, string, u32 } from '../index.js'
import { fill, type Theme } from './bench.js'

export const points: Theme = ({ it, each, expect, refuses, store, storeOf, read }) => {
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
    for (const scan of [rows.all(), rows.range('1', '2'), rows.prefix('')]) {
      expect(await read(scan)).toEqual([{ key: '1', value: '1' }])
    }
    expect(await read(rows.prefix('2'))).toEqual([])
    expect(await read(rows.keys())).toEqual(['1'])
    expect(await read(rows.values())).toEqual(['1'])
    expect(await rows.count()).toBe(1)
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

  each(
    [null, undefined],
    missing => `K20 a key that is ${missing} is refused by every method, and nothing changes`,
    async missing => {
      const rows = storeOf(u32(), u32())
      await rows.put(1, 1)
      const key = missing as unknown as number
      for (const call of [
        () => rows.get(key),
        () => rows.has(key),
        () => rows.put(key, 2),
        () => rows.putIfAbsent(key, 2),
        () => rows.delete(key),
        () => rows.update(key, () => 2),
        () => rows.add(key, 2),
        () => rows.getMany([1, key]),
        () => rows.batch([{ type: 'put', key, value: 2 }]),
        () => rows.batch([{ type: 'delete', key }]),
      ]) {
        await refuses(call)
      }
      expect(await read(rows.all())).toEqual([{ key: 1, value: 1 }])
    },
  )

  each(
    [null, undefined],
    missing => `K20 a string key that is ${missing} is refused as well`,
    async missing => {
      const rows = storeOf(string(), string())
      const key = missing as unknown as string
      await refuses(() => rows.get(key), 'key')
      await refuses(() => rows.put(key, 'a'), 'key')
      await refuses(() => rows.delete(key), 'key')
      expect(await rows.count()).toBe(0)
    },
  )

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
  })

  it('K21 undefined is no value: refused, and nothing changes', async () => {
    const rows = storeOf(u32(), json<any>())
    await rows.put(1, 'a')
    await refuses(() => rows.put(1, undefined), 'value')
    await refuses(() => rows.putIfAbsent(2, undefined), 'value')
    await refuses(() => rows.batch([{ type: 'put', key: 1, value: undefined }]), 'value')
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
