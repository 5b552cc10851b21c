import { codec } from '@kafkats/flow'
import { describe, expect, it } from 'vitest'
import { at, keysOf, shown, toArray } from '../../../kafkats/entries.js'
import { providers } from './providers.js'

const codecs = { keyCodec: codec.string(), valueCodec: codec.json<unknown>() }

describe.each(Object.entries(providers))('%s', (_, open) => {
  describe('a key-value store', () => {
    const openStore = () => open().createKeyValueStore('store', codecs)

    it('gives what was put, until it is deleted', async () => {
      const store = openStore()
      expect(store.name).toBe('store')
      await store.init()
      expect(await store.get('a')).toBeUndefined()
      await store.put('a', { n: 1 })
      await store.put('a', { n: 2 })
      await store.put('nothing', null)
      expect(await store.get('a')).toEqual({ n: 2 })
      expect(await store.get('nothing')).toBeNull()
      await store.delete('a')
      await store.delete('a')
      expect(await store.get('a')).toBeUndefined()
      expect(await store.approximateNumEntries()).toBe(1)
    })

    it('shows a put to the next read, awaited or not', async () => {
      const store = openStore()
      void store.put('a', 1)
      expect(await store.get('a')).toBe(1)
    })

    it('iterates over tuples by the bytes of the keys, and range takes in both ends', async () => {
      const store = openStore()
      for (const key of ['c', '', 'é', 'a', 'b', 'aa']) await store.put(key, key.length)
      expect(await toArray(store.all())).toEqual([
        ['', 0],
        ['a', 1],
        ['aa', 2],
        ['b', 1],
        ['c', 1],
        ['é', 1],
      ])
      expect(await toArray(store.range('a', 'b'))).toEqual([
        ['a', 1],
        ['aa', 2],
        ['b', 1],
      ])
      expect(await toArray(store.range('b', 'a'))).toEqual([])
    })

    it('iterates over what there was when the iteration began', async () => {
      const store = openStore()
      for (const key of ['a', 'b']) await store.put(key, 0)
      const seen: string[] = []
      for await (const [key] of store.all()) {
        seen.push(key)
        await store.put(`${key}+`, 0)
        await store.delete('b')
      }
      expect(seen).toEqual(['a', 'b'])
    })

    it('keeps a copy of what a codec hands over, and gives copies', async () => {
      const store = open().createKeyValueStore('store', { keyCodec: codec.buffer(), valueCodec: codec.buffer() })
      const [key, value] = [Buffer.from('key'), Buffer.from('value')]
      await store.put(key, value)
      key.fill(0)
      value.fill(0)
      const found = await store.get(Buffer.from('key'))
      expect(String(found)).toBe('value')
      found?.fill(0)
      expect(String(await store.get(Buffer.from('key')))).toBe('value')
    })

    it('rejects, and never throws, for a key or a value that a codec does not take', async () => {
      const store = openStore()
      await expect(store.put('a', undefined)).rejects.toThrow(TypeError)
      await expect(store.get(undefined as any)).rejects.toMatchObject({ code: 'ERR_MILLPOND_INVALID_ARG' })
      await expect(store.delete(null as any)).rejects.toMatchObject({ code: 'ERR_MILLPOND_INVALID_ARG' })
      await expect(store.put('k'.repeat(1901), 1)).rejects.toMatchObject({ code: 'ERR_MILLPOND_TOO_LARGE' })
    })
  })

  describe('a window store', () => {
    const openStore = () => open().createWindowStore('store', { ...codecs, windowSizeMs: 10, retentionMs: 100 })

    it('keeps a value by key, start and end', async () => {
      const store = openStore()
      await store.put(at('a', 0), 1)
      await store.put(at('a', 0, 5), 2)
      await store.put(at('a', 0), 3)
      expect(await store.get(at('a', 0))).toBe(3)
      expect(await store.get(at('a', 0, 5))).toBe(2)
      expect(await store.get(at('a', 1))).toBeUndefined()
      await store.delete(at('a', 0))
      expect(await keysOf(store.all())).toEqual(['a@0..5'])
    })

    it('is in one order, by start, end and key, in all, range, fetchAll and fetchRange', async () => {
      const store = openStore()
      const keys = [at('b', 0), at('a', 20), at('aa', 0), at('a', 0), at('a', 0, 15), at('c', -10), at('b', 20)]
      for (const key of keys) await store.put(key, 0)
      const all = ['c@-10..0', 'a@0..10', 'aa@0..10', 'b@0..10', 'a@0..15', 'a@20..30', 'b@20..30']
      expect(await keysOf(store.all())).toEqual(all)
      expect(await keysOf(store.fetchAll(-Infinity, Infinity))).toEqual(all)
      expect(await keysOf(store.fetchAll(0, 20))).toEqual(all.slice(1))
      expect(await keysOf(store.fetchRange('aa', 'b', 0, 20))).toEqual(['aa@0..10', 'b@0..10', 'b@20..30'])
      expect(await keysOf(store.fetch('a', 0, 20))).toEqual(['a@0..10', 'a@0..15', 'a@20..30'])
      expect(await keysOf(store.fetch('a', 20, 0))).toEqual([])
      for (let from = 0; from < all.length; from++) {
        for (let to = 0; to < all.length; to++) {
          const [low, high] = [all[from], all[to]].map(text => keys.find(key => shown(key) === text)!)
          expect(await keysOf(store.range(low!, high!))).toEqual(all.slice(from, to + 1))
        }
      }
      expect(await keysOf(store.range(at('a', 0, 11), at('a', 20, 30)))).toEqual(['a@0..15', 'a@20..30'])
    })

    it('gives keys as they are stored', async () => {
      const keyCodec = { ...codec.string(), encode: (key: string) => Buffer.from(key.toLowerCase()) }
      const store = open().createWindowStore('store', { ...codecs, keyCodec, windowSizeMs: 10, retentionMs: 100 })
      await store.put(at('A', 0), 1)
      expect(await keysOf(store.fetch('A', 0, 0))).toEqual(['a@0..10'])
    })

    it('expires windows that ended before the retention, and says how many', async () => {
      const store = openStore()
      for (const start of [0, 25, 50]) await store.put(at('a', start), 0)
      expect(await store.expireOldWindows(110)).toBe(0)
      expect(await store.expireOldWindows(111)).toBe(1)
      expect(await keysOf(store.all())).toEqual(['a@25..35', 'a@50..60'])
      expect(await store.expireOldWindows(1000)).toBe(2)
    })

    it('takes any retention, as flow does: that of a join of equal times is nothing', async () => {
      const store = open().createWindowStore('store', { ...codecs, windowSizeMs: 0, retentionMs: 0 })
      await store.put(at('a', 5, 5), 0)
      expect(await store.expireOldWindows(5)).toBe(0)
      expect(await store.expireOldWindows(6)).toBe(1)
    })

    it('refuses a key without times, with a time that is none, and with an end before the start', async () => {
      const store = openStore()
      const invalid = { code: 'ERR_MILLPOND_INVALID_ARG' }
      for (const key of [undefined, 'a', { key: 'a' }, { key: 'a', windowStart: 0 }, at('a', NaN, 0), at('a', 5, 4)]) {
        await expect(store.put(key as any, 0)).rejects.toMatchObject(invalid)
        await expect(store.get(key as any)).rejects.toMatchObject(invalid)
        await expect(store.delete(key as any)).rejects.toMatchObject(invalid)
      }
      await expect(toArray(store.fetch('a', NaN, 0))).rejects.toMatchObject(invalid)
      await expect(toArray(store.range(at('a', 0), undefined as any))).rejects.toMatchObject(invalid)
      await expect(store.expireOldWindows(NaN)).rejects.toMatchObject(invalid)
    })
  })

  describe('a session store', () => {
    const openStore = () => open().createSessionStore('store', { ...codecs, retentionMs: 100 })

    it('finds the sessions of one key that overlap, by start', async () => {
      const store = openStore()
      for (const key of [at('a', 50, 60), at('a', 0, 10), at('ab', 0, 10), at('a', 5, 55)]) await store.put(key, 0)
      expect(await keysOf(store.findSessions('a', 10, 50))).toEqual(['a@0..10', 'a@5..55', 'a@50..60'])
      expect(await keysOf(store.findSessions('a', 11, 49))).toEqual(['a@5..55'])
      expect(await store.get(at('a', 5, 55))).toBe(0)
    })

    it('is in one order, by key, start and end, whichever keys begin with others', async () => {
      const store = openStore()
      const keys = [at('aa', 0), at('b', 0), at('a', 20), at('a', 0, 15), at('a', 0, 5), at('', 7)]
      for (const key of keys) await store.put(key, 0)
      const all = ['@7..17', 'a@0..5', 'a@0..15', 'a@20..30', 'aa@0..10', 'b@0..10']
      expect(await keysOf(store.all())).toEqual(all)
      for (let from = 0; from < all.length; from++) {
        for (let to = 0; to < all.length; to++) {
          const [low, high] = [all[from], all[to]].map(text => keys.find(key => shown(key) === text)!)
          expect(await keysOf(store.range(low!, high!))).toEqual(all.slice(from, to + 1))
        }
      }
    })

    it('removes one session, or all of a key', async () => {
      const store = openStore()
      for (const key of [at('a', 0), at('a', 20), at('aa', 0)]) await store.put(key, 0)
      await store.delete(at('a', 0))
      expect(await keysOf(store.all())).toEqual(['a@20..30', 'aa@0..10'])
      await store.remove('a')
      expect(await keysOf(store.all())).toEqual(['aa@0..10'])
    })

    it('never takes a key without times for all sessions of it', async () => {
      const store = openStore()
      await store.put(at('a', 0), 0)
      await expect(store.delete({ key: 'a' } as any)).rejects.toMatchObject({ code: 'ERR_MILLPOND_INVALID_ARG' })
      expect(await keysOf(store.all())).toEqual(['a@0..10'])
    })

    it('expires sessions that ended before the retention, and says which', async () => {
      const store = openStore()
      for (const key of [at('a', 0, 10), at('b', 0, 11), at('a', 20, 30)]) await store.put(key, 0)
      expect(await store.expireOldSessions(110)).toEqual([])
      expect(await store.expireOldSessions(112)).toEqual([at('a', 0, 10), at('b', 0, 11)])
      expect(await keysOf(store.all())).toEqual(['a@20..30'])
    })
  })

  it('a refused write that nobody awaits is no unhandled rejection', async () => {
    const store = open().createKeyValueStore('store', codecs)
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    void store.put('k'.repeat(1901), 1)
    await new Promise(resolve => setTimeout(resolve, 5))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('closes all stores, once', async () => {
    const provider = open()
    const store = provider.createKeyValueStore('store', codecs)
    const windows = provider.createWindowStore('windows', { ...codecs, windowSizeMs: 10, retentionMs: 100 })
    await store.put('a', 1)
    await provider.close()
    await provider.close()
    const closed = { code: 'ERR_MILLPOND_CLOSED' }
    await expect(store.get('a')).rejects.toMatchObject(closed)
    await expect(store.put('a', 1)).rejects.toMatchObject(closed)
    await expect(toArray(windows.all())).rejects.toMatchObject(closed)
    expect(() => provider.createKeyValueStore('other', codecs)).toThrow(expect.objectContaining(closed))
  })
})
