import { describe, expect, it } from 'vitest'
import { f64, json, msgpack, string, struct, u32 } from '../../../src/index.js'
import { outOfRange, refused } from '../codec/errors.js'
import { plainText, provider } from './stores.js'

function opened() {
  const rows = provider().createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })
  for (const [i, key] of ['a', 'b', 'c'].entries()) rows.putSync(key, i)
  return rows
}

type Scan = (options: any) => unknown
const scans: [string, (rows: ReturnType<typeof opened>) => Scan][] = [
  ['all', rows => options => rows.all(options)],
  ['keys', rows => options => rows.keys(options)],
  ['values', rows => options => rows.values(options)],
  ['range', rows => options => rows.range('a', 'c', options)],
  ['prefix', rows => options => rows.prefix('', options)],
]

describe.each(scans)('the options of %s', (_, scanOf) => {
  it('are refused at once where they are wrong or unknown', () => {
    const scan = scanOf(opened())
    for (const options of [null, 7, 'reverse', true]) expect(() => scan(options)).toThrow(refused('scan'))
    expect(() => scan({ revers: true })).toThrow(refused('"revers"'))
    for (const reverse of [1, 'true', null]) expect(() => scan({ reverse })).toThrow(refused('reverse'))
    for (const limit of ['1', 1n, null, {}]) expect(() => scan({ limit })).toThrow(refused('limit'))
    for (const limit of [-1, 0.5, NaN, -Infinity]) expect(() => scan({ limit })).toThrow(outOfRange('limit'))
    for (const signal of [null, {}, new AbortController()]) expect(() => scan({ signal })).toThrow(refused('signal'))
  })

  it('may be undefined, each and all', () => {
    const rows = opened()
    const scan = scanOf(rows)
    for (const options of [undefined, {}, { reverse: undefined, limit: undefined, signal: undefined }]) {
      expect([...(scan(options) as Iterable<unknown>)]).toHaveLength(3)
    }
  })
})

describe('a from after to', () => {
  it('gives no rows', () => {
    const rows = opened()
    for (const reverse of [true, false]) expect(rows.range('c', 'a', { reverse }).toArray()).toEqual([])
    expect(rows.countSync('c', 'a')).toBe(0)
  })
})

describe('keys without an order', () => {
  it.each([json<any>(), msgpack<any>(), struct({ a: u32() })])(
    'of $id have no range, prefix or count of a part',
    keyCodec => {
      const rows: any = provider().createKeyValueStore('rows', { keyCodec: keyCodec as any, valueCodec: f64() })
      const key = { a: 1 }
      rows.putSync(key, 7)
      expect(rows.getSync({ a: 1 })).toBe(7)
      expect(() => rows.range(key, key)).toThrow(refused('range'))
      expect(() => rows.prefix(key)).toThrow(refused('prefix'))
      expect(() => rows.countSync(key)).toThrow(refused('count'))
      expect(rows.countSync()).toBe(1)
      expect(rows.all().toArray()).toEqual([{ key, value: 7 }])
    },
  )
})

describe('a codec of the user', () => {
  it('is taken at its word: it has ranges, and no prefix', () => {
    const rows = provider().createKeyValueStore('rows', { keyCodec: plainText, valueCodec: plainText })
    for (const key of ['b', 'a', 'c']) rows.putSync(key, key)
    expect(rows.range('a', 'b').toArray()).toHaveLength(2)
    expect(() => (rows as any).prefix('a')).toThrow(refused('prefix'))
  })
})
