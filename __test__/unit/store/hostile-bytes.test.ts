import { describe, expect, it } from 'vitest'
import { bytes, string, u32 } from '../../../src/index.js'
import { detached, refused } from '../codec/errors.js'
import { failure, plainText, provider } from './stores.js'

const resizable = (length: number, max: number) =>
  new Uint8Array(new (ArrayBuffer as any)(length, { maxByteLength: max }) as ArrayBuffer)

/** A store whose value codec returns what it is told to. */
function returning(result: () => unknown) {
  const valueCodec = { id: 'odd', encode: () => result() as Uint8Array, decode: (b: Buffer) => b }
  const store = provider().createKeyValueStore('rows', { keyCodec: string(), valueCodec })
  return store as typeof store
}

describe('a codec that does not return bytes', () => {
  it.each([
    ['undefined', () => undefined],
    ['null', () => null],
    ['a string', () => 'abc'],
    ['an array', () => [1, 2]],
    ['a promise of bytes', async () => new Uint8Array(1)],
    ['an ArrayBuffer', () => new ArrayBuffer(3)],
    ['another typed array', () => new Uint16Array(3)],
    ['an object with a length', () => ({ length: 3, byteLength: 3, buffer: new ArrayBuffer(3) })],
    ['an object that passes for one', () => Object.create(Uint8Array.prototype)],
    ['bytes whose memory was transferred', detached],
  ])('is refused for %s, as a value and as a key', (_, result) => {
    const rows = returning(result)
    for (const call of [
      () => rows.putSync('k', Buffer.alloc(0)),
      () => rows.putIfAbsentSync('k', Buffer.alloc(0)),
      () => rows.updateSync('k', () => Buffer.alloc(0)),
      () => rows.batchSync([{ type: 'put', key: 'k', value: Buffer.alloc(0) }]),
    ]) {
      expect(call).toThrow(failure('CODEC'))
    }
    expect(rows.countSync()).toBe(0)
    const keyCodec = { encode: result as () => Uint8Array, decode: (b: Buffer) => b }
    const keyed = provider().createKeyValueStore('rows', { keyCodec, valueCodec: u32() })
    const key = Buffer.alloc(0)
    for (const call of [
      () => keyed.getSync(key),
      () => keyed.putSync(key, 1),
      () => keyed.deleteSync(key),
      () => keyed.getManySync([key]),
      () => keyed.range(key, key),
    ]) {
      expect(call).toThrow(failure('CODEC'))
    }
    expect(keyed.countSync()).toBe(0)
  })

  it('lets an error that the codec throws through as it is', () => {
    const error = new Error('not today')
    const rows = returning(() => {
      throw error
    })
    expect(() => rows.putSync('k', Buffer.alloc(0))).toThrow(error)
    expect(rows.countSync()).toBe(0)
  })
})

describe('bytes of a user', () => {
  const open = () => provider().createKeyValueStore('rows', { keyCodec: bytes(), valueCodec: bytes() })

  it('are refused once their memory was transferred, as a key and as a value', () => {
    const rows = open()
    const one = Uint8Array.of(1)
    expect(() => rows.putSync(detached(), one)).toThrow(refused('transferred'))
    expect(() => rows.putSync(one, detached())).toThrow(refused('transferred'))
    expect(() => rows.getSync(detached())).toThrow(refused('transferred'))
    expect(() => rows.prefix(detached())).toThrow(refused('transferred'))
    expect(rows.countSync()).toBe(0)
  })

  it('were copied: transferring or changing them later changes nothing', () => {
    const rows = open()
    for (const size of [10, 100, 70_000]) {
      const [key, value] = [new Uint8Array(10).fill(7), new Uint8Array(size).fill(9)]
      rows.putSync(key, value)
      key.fill(1)
      value.fill(1)
      structuredClone(value.buffer, { transfer: [value.buffer] })
      expect(rows.getSync(new Uint8Array(10).fill(7))).toEqual(Buffer.alloc(size, 9))
    }
  })

  it('may stand in resizable memory, and are what they are at the moment of the call', () => {
    const rows = open()
    const value = resizable(4, 200_000)
    value.set([1, 2, 3, 4])
    rows.putSync(Uint8Array.of(1), value)
    ;(value.buffer as any).resize(100_000)
    rows.putSync(Uint8Array.of(2), value)
    ;(value.buffer as any).resize(2)
    rows.putSync(value, value)
    expect(rows.getSync(Uint8Array.of(1))).toEqual(Buffer.of(1, 2, 3, 4))
    expect(rows.getSync(Uint8Array.of(2))).toHaveLength(100_000)
    expect(rows.getSync(Uint8Array.of(1, 2))).toEqual(Buffer.of(1, 2))
  })

  it('that were cut off by a resize are refused', () => {
    const rows = open()
    const whole = resizable(100, 200)
    const cut = new Uint8Array(whole.buffer, 50, 50)
    ;(whole.buffer as any).resize(60)
    expect(() => rows.putSync(Uint8Array.of(1), cut)).toThrow(refused())
    expect(() => rows.putSync(cut, Uint8Array.of(1))).toThrow(refused())
    expect(rows.countSync()).toBe(0)
  })

  it('may be shared between threads', () => {
    const rows = open()
    for (const size of [5, 100_000]) {
      const shared = new Uint8Array(new SharedArrayBuffer(size)).fill(3)
      rows.putSync(Uint8Array.of(1), shared)
      expect(rows.getSync(Uint8Array.of(1))).toEqual(Buffer.alloc(size, 3))
    }
  })

  it('that a get returned are the caller’s own', () => {
    const rows = open()
    for (const size of [3, 1000, 100_000]) {
      rows.putSync(Uint8Array.of(1), Buffer.alloc(size, 5))
      const [first] = [rows.getSync(Uint8Array.of(1))!, rows.putSync(Uint8Array.of(2), Buffer.alloc(size, 6))]
      expect(first).toEqual(Buffer.alloc(size, 5))
      structuredClone(first.buffer, { transfer: first.length > 4096 ? [first.buffer as ArrayBuffer] : [] })
      expect(rows.getSync(Uint8Array.of(1))).toEqual(Buffer.alloc(size, 5))
    }
  })
})

describe('a codec that takes its memory away again', () => {
  it('in the value’s encode leaves the key as it was', () => {
    let key = new Uint8Array(0)
    const keyCodec = {
      encode(text: string) {
        key = Uint8Array.from(Buffer.from(text))
        return key
      },
      decode: plainText.decode,
    }
    const valueCodec = {
      encode(text: string) {
        structuredClone(key.buffer, { transfer: [key.buffer] })
        return Buffer.from(text)
      },
      decode: plainText.decode,
    }
    const rows = provider().createKeyValueStore('rows', { keyCodec, valueCodec })
    rows.putSync('mine', 'my value')
    expect(rows.all().toArray()).toEqual([{ key: 'mine', value: 'my value' }])
  })

  it('by transferring what decode was given touches no other value', () => {
    const valueCodec = {
      encode: plainText.encode,
      decode(bytes: Buffer) {
        const text = bytes.toString()
        bytes.fill(0)
        return text
      },
    }
    const rows = provider().createKeyValueStore('rows', { keyCodec: plainText, valueCodec })
    for (let i = 0; i < 300; i++) rows.putSync(`${i}`, `of ${i}`)
    for (const { key, value } of rows.all()) expect(value).toBe(`of ${key}`)
    for (const { key, value } of rows.all()) expect(value).toBe(`of ${key}`)
    expect(rows.getManySync(['1', '2'])).toEqual(['of 1', 'of 2'])
  })
})
