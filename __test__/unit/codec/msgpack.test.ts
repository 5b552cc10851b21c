import { decode } from '@msgpack/msgpack'
import { describe, expect, it } from 'vitest'
import { msgpack } from '../../../src/codec/index.js'
import { corrupt, detached, outOfRange, refused } from './errors.js'

const codec = msgpack<any>()
const roundTrip = (value: unknown) => codec.decode(Buffer.from(codec.encode(value)))

describe('msgpack', () => {
  it('gives back what MessagePack has', () => {
    const values = [null, true, 0, -1, 1.5, 'ü', 'x'.repeat(70_000), [], [1, [2]], {}, { a: { b: [null] } }, Infinity]
    for (const value of values) expect(roundTrip(value)).toEqual(value)
    expect(roundTrip(Number.NaN)).toBeNaN()
  })

  it('can be read by other decoders', () => {
    expect(decode(codec.encode({ a: [1, 'b', null] }))).toEqual({ a: [1, 'b', null] })
  })

  it('tells bigints from numbers', () => {
    for (const value of [0n, 1n, -1n, 2n ** 64n - 1n, -(2n ** 63n)]) expect(roundTrip(value)).toBe(value)
    for (const value of [2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 60, 1e300]) expect(roundTrip(value)).toBe(value)
    for (const value of [2n ** 64n, -(2n ** 63n) - 1n]) expect(() => codec.encode(value)).toThrow(outOfRange('msgpack'))
  })

  it('gives back dates, maps and sets, within each other', () => {
    const value = new Map<unknown, unknown>([
      ['set', new Set([1, 'a', new Set([new Date(-1)])])],
      [{ key: 1 }, new Map([[1n, new Date(8.64e15)]])],
      [null, [new Map()]],
    ])
    expect(roundTrip(value)).toEqual(value)
    expect(roundTrip({ deep: [value] })).toEqual({ deep: [value] })
  })

  it('gives back bytes as Buffers', () => {
    for (const bytes of [Uint8Array.of(1, 2), Buffer.from('abc'), new Uint8Array(0), new Uint8Array(70_000)]) {
      const decoded = roundTrip({ bytes, set: new Set([bytes]) })
      expect(Buffer.isBuffer(decoded.bytes)).toBe(true)
      expect(decoded.bytes.equals(bytes)).toBe(true)
      expect(Buffer.isBuffer([...decoded.set][0])).toBe(true)
    }
  })

  it('makes plain objects of instances, null of undefined in arrays, and leaves it out of objects', () => {
    class Point {
      x = 1
      y = undefined
    }
    expect(roundTrip(new Point())).toEqual({ x: 1 })
    expect(Object.keys(roundTrip(new Point()))).toEqual(['x'])
    expect(roundTrip([1, undefined])).toEqual([1, null])
  })

  it('refuses what would come back as something else', () => {
    const buffer = new ArrayBuffer(2)
    const odd = [
      undefined,
      () => 1,
      Symbol('a'),
      Promise.resolve(1),
      new Error('a'),
      /a/,
      Object(1),
      new WeakMap(),
      new Float64Array(1),
      new DataView(buffer),
      buffer,
      new Date(Number.NaN),
      '\ud800',
      detached(),
    ]
    for (const value of odd) {
      expect(() => codec.encode(value)).toThrow(refused('msgpack'))
      if (value !== undefined) expect(() => codec.encode([{ a: value }])).toThrow(refused('msgpack'))
      if (value !== undefined) expect(() => codec.encode(new Map([[value, 1]]))).toThrow(refused('msgpack'))
    }
    expect(() => codec.encode({ '\ud800': 1 })).toThrow(refused('lone surrogate'))
  })

  it('refuses a key named __proto__ both ways', () => {
    expect(() => codec.encode(JSON.parse('{"__proto__":1}'))).toThrow(refused('__proto__'))
    const bytes = Buffer.concat([Buffer.from([0x81, 0xa9]), Buffer.from('__proto__'), Buffer.from([0x80])])
    expect(() => codec.decode(bytes)).toThrow(corrupt('msgpack'))
    expect(roundTrip(new Map([['__proto__', 1]]))).toEqual(new Map([['__proto__', 1]]))
  })

  it('refuses a cycle and too deep a value, and takes one nearly as deep', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    const mapCycle = new Map<number, unknown>()
    mapCycle.set(1, mapCycle)
    for (const value of [cycle, mapCycle]) expect(() => codec.encode(value)).toThrow(refused('cycle'))
    let deep: unknown = 1
    let deepMap: unknown = 1
    for (let i = 0; i < 500; i++) {
      deep = [deep]
      deepMap = new Map([[1, deepMap]])
    }
    expect(roundTrip(deep)).toEqual(deep)
    expect(codec.encode(roundTrip(deepMap))).toEqual(codec.encode(deepMap))
  })

  it('writes whole bytes though a getter changes the value meanwhile', () => {
    const array: unknown[] = [1, 2]
    Object.defineProperty(array, 0, {
      get() {
        array.push(3)
        return 1
      },
    })
    let calls = 0
    const object = {
      get flag() {
        return calls++ === 0 ? 1 : undefined
      },
    }
    expect(roundTrip({ array, object })).toEqual({ array: [1, 2], object: { flag: 1 } })
  })

  it('refuses bytes cut off anywhere, and bytes that go on', () => {
    const whole = Buffer.from(
      codec.encode({ a: [1, 2n, 'x'.repeat(40), new Date(5)], b: new Map([[1, new Set([2])]]) }),
    )
    for (let length = 0; length < whole.length; length++) {
      expect(() => codec.decode(whole.subarray(0, length))).toThrow(corrupt('msgpack'))
    }
    expect(() => codec.decode(Buffer.concat([whole, Buffer.alloc(1)]))).toThrow(corrupt('msgpack'))
  })

  it('takes no memory for elements that the bytes cannot hold', () => {
    const claims = Buffer.concat(Array.from({ length: 50 }, () => Buffer.from([0xdd, 0x01, 0xff, 0xff, 0xff])))
    const before = process.memoryUsage().rss
    expect(() => codec.decode(claims)).toThrow(corrupt('msgpack'))
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
  })

  it('refuses extensions that it does not write', () => {
    const wrong = [
      [0xd4, 5, 0], // an unknown type
      [0xd4, 1, 0xc0], // a map that is no array
      [0xd5, 1, 0x91, 1], // a key without a value
      [0xd4, 2, 1], // a set that is no array
      [0xd4, 0xff, 0], // a timestamp of one byte
      [0xc7, 12, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0], // a time past the range of Date
      [0xc1],
    ]
    for (const bytes of wrong) expect(() => codec.decode(Buffer.from(bytes))).toThrow(corrupt('msgpack'))
  })

  it('lets go of the memory of a long message', () => {
    expect(codec.encode('x'.repeat(1e6)).length).toBe(1e6 + 5)
    expect(codec.encode(1).buffer.byteLength).toBeLessThan(1e5)
  })

  it('refuses to decode what is no bytes', () => {
    expect(() => codec.decode('a' as any)).toThrow(refused('decode'))
    expect(codec.decode(Uint8Array.of(1) as Buffer)).toBe(1)
  })
})
