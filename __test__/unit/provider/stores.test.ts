import { describe, expect, it } from 'vitest'
import { json, string, struct, u32, u64 } from '../../../src/index.js'
import { engine } from '../../engines.js'
import { outOfRange, refused } from '../codec/errors.js'
import { failure, plainText, provider } from '../store/stores.js'

const options = { keyCodec: string(), valueCodec: u32() }

describe('createKeyValueStore', () => {
  it.each([undefined, null, '', 7, {}, Symbol('a')])('refuses a name that is no text: %s', name => {
    expect(() => provider().createKeyValueStore(name as any, options)).toThrow(refused('name'))
  })

  it('takes any text as a name', () => {
    const one = provider()
    for (const name of [' ', 'a/b', '__proto__', 'constructor', '日本', 'x'.repeat(511)]) {
      const store = one.createKeyValueStore(name, options)
      store.putSync('k', name.length)
      expect([store.name, store.countSync()]).toEqual([name, 1])
    }
  })

  it.each(['a\0b', '\ud800', 'x\udc00', '__millpond', '__millpond_state'])('refuses the name %j', name => {
    expect(() => provider().createKeyValueStore(name, options)).toThrow(refused('name'))
  })

  it('refuses a name that is too long as UTF-8', () => {
    for (const name of ['x'.repeat(512), 'é'.repeat(256)]) {
      expect(() => provider().createKeyValueStore(name, options)).toThrow(outOfRange('511'))
    }
  })

  it('refuses options that are missing, wrong or unknown, by name', () => {
    const one = provider()
    const open = (wrong: unknown) => () => one.createKeyValueStore('rows', wrong as any)
    for (const wrong of [undefined, null, 7, 'json']) expect(open(wrong)).toThrow(refused('rows'))
    expect(open({ ...options, keyCodec: undefined })).toThrow(refused('keyCodec'))
    expect(open({ ...options, keyCodec: string })).toThrow(refused('keyCodec'))
    expect(open({ ...options, valueCodec: 'json' })).toThrow(refused('valueCodec'))
    expect(open({ ...options, valueCodec: { encode: () => Buffer.of() } })).toThrow(refused('valueCodec'))
    expect(open({ ...options, valueCodec: { ...json(), version: 1.5 } })).toThrow(refused('version'))
    expect(open({ ...options, windowSize: 1 })).toThrow(refused('"windowSize"'))
    expect(open({ ...options, keycodec: string() })).toThrow(refused('"keycodec"'))
    expect(one.stats().entries).toBe(0)
  })

  it('gives the same store for the same name and equal codecs', () => {
    const one = provider()
    const fields = { n: u32(), name: string() }
    const first = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: struct(fields) })
    const second = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: struct({ ...fields }) })
    first.putSync('a', { n: 1, name: 'one' })
    expect(second.getSync('a')).toEqual({ n: 1, name: 'one' })
    second.deleteSync('a')
    expect(first.countSync()).toBe(0)
  })

  it('refuses the same name with other codecs, and tells which', () => {
    const one = provider()
    one.createKeyValueStore('rows', options)
    const mismatch = failure('STORE_MISMATCH', { store: 'rows', retryable: false })
    const open = (other: object) => () => one.createKeyValueStore('rows', { ...options, ...other } as any)
    expect(open({ valueCodec: u64() })).toThrow(mismatch)
    expect(open({ valueCodec: u64() })).toThrow(/valueCodec is u32, not u64/)
    expect(open({ keyCodec: u32() })).toThrow(/keyCodec is string, not u32/)
    expect(open({ valueCodec: { ...u32(), version: 2 } })).toThrow(/u32, not u32 version 2/)
    expect(open({})).not.toThrow()
  })

  it('does not compare codecs without an id', () => {
    const one = provider()
    one.createKeyValueStore('rows', { keyCodec: plainText, valueCodec: plainText }).putSync('a', 'b')
    expect(one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: string() }).getSync('a')).toBe('b')
  })

  it('opens a name anew in each provider', () => {
    const [first, second] = [provider(), provider()].map(one => one.createKeyValueStore('rows', options))
    first!.putSync('a', 1)
    expect(second!.countSync()).toBe(0)
  })

  it('is refused once the provider is closed', async () => {
    const one = engine.open()
    await one.close()
    expect(() => one.createKeyValueStore('rows', options)).toThrow(failure('CLOSED'))
  })

  it.runIf(engine.takesManyStores)('opens thousands of stores', () => {
    const one = provider()
    const stores = Array.from({ length: 3000 }, (_, i) => one.createKeyValueStore(`store ${i}`, options))
    for (const [i, store] of stores.entries()) store.putSync('k', i)
    expect(stores.map(store => store.getSync('k'))).toEqual(stores.map((_, i) => i))
    expect(one.stats().entries).toBe(3000)
  })
})

describe('await using', () => {
  it('closes the provider', async () => {
    let store: { countSync(): number } | undefined
    {
      await using one = engine.open()
      store = one.createKeyValueStore('rows', options)
      expect(store.countSync()).toBe(0)
    }
    expect(() => store.countSync()).toThrow(failure('CLOSED'))
  })
})
