import { describe, expect, it } from 'vitest'
import {
  bool,
  bytes,
  date,
  f64,
  i64,
  type KeyCodec,
  type KeyValueStore,
  string,
  tuple,
  u32,
  u64,
  uuid,
} from '../../../src/index.js'
import { refused } from '../codec/errors.js'
import { provider } from './stores.js'

const invalid = expect.objectContaining({ code: 'ERR_MILLPOND_INVALID_ARG' })

function open(keyCodec: KeyCodec<any, any>): KeyValueStore<any, number, any> {
  return provider().createKeyValueStore('rows', { keyCodec, valueCodec: u32() })
}

/** Every call that takes a key. */
const calls = (rows: KeyValueStore<any, number, any>, key: unknown): (() => unknown)[] => [
  () => rows.getSync(key),
  () => rows.hasSync(key),
  () => rows.putSync(key, 1),
  () => rows.putIfAbsentSync(key, 1),
  () => rows.deleteSync(key),
  () => rows.updateSync(key, () => 1),
  () => rows.addSync(key, 1),
  () => rows.getManySync([key]),
  () => rows.getManySync(Array(20).fill(key)),
  () => rows.batchSync([{ type: 'put', key, value: 1 }]),
  () => rows.batchSync([{ type: 'delete', key }]),
  () => rows.range(key, key),
  () => rows.countSync(key, key),
]

describe.each([
  [string(), 'a', [1, null, true, Object('a'), ['a'], Symbol('a'), Buffer.of(1)]],
  [bytes(), Buffer.of(1), ['a', [1], new ArrayBuffer(1), new Uint16Array(1), { length: 1 }, 7]],
  [u32(), 1, ['1', 1n, NaN, -1, 0.5, 2 ** 32, Infinity, null, [1]]],
  [u64(), 1n, [1, '1', -1n, 2n ** 64n, NaN]],
  [i64(), 1n, [1, 2n ** 63n, NaN]],
  [f64(), 1, [NaN, '1', 1n, null, {}]],
  [bool(), true, [0, 'true', null]],
  [date(), new Date(0), [0, '1970-01-01', new Date(NaN)]],
  [uuid(), '0190a1b2-c3d4-7000-8000-0123456789ab', ['', '0190a1b2', 7]],
  [tuple(string(), u32()), ['a', 1], ['a', ['a', 1, 1], [1, 'a'], ['a', NaN], [null, 1], { 0: 'a', 1: 1, length: 2 }]],
] as [KeyCodec<any, any>, unknown, unknown[]][])('keys of $id', (codec, right, wrong) => {
  it('of another type or out of range are refused by every method, and nothing changes', () => {
    const rows = open(codec)
    rows.putSync(right, 7)
    for (const key of wrong) {
      for (const call of calls(rows, key)) expect(call, `${call} with ${String(key)}`).toThrow(invalid)
    }
    expect(rows.all().toArray()).toEqual([{ key: right, value: 7 }])
  })
})

describe('lone surrogates', () => {
  const lone = [
    '\ud800',
    '\udfff',
    'a\ud83e',
    `${'a'.repeat(100)}\udc00`,
    `${'\ufffd'.repeat(100)}\ud800`,
    '\ud83e'.repeat(600),
  ]

  it('in a key are refused by every method', () => {
    const rows = open(string())
    rows.putSync('\ufffd', 7)
    for (const key of lone) for (const call of calls(rows, key)) expect(call).toThrow(refused('surrogate'))
    for (const key of lone) expect(() => rows.prefix(key)).toThrow(refused('surrogate'))
    expect(rows.all().toArray()).toEqual([{ key: '\ufffd', value: 7 }])
  })

  it('in a value are refused, and nothing changes', () => {
    const rows = provider().createKeyValueStore('rows', { keyCodec: string(), valueCodec: string() })
    rows.putSync('k', 'v')
    for (const value of [...lone, '\ud800'.repeat(100_000)]) {
      expect(() => rows.putSync('k', value)).toThrow(refused('surrogate'))
      expect(() => rows.updateSync('k', () => value)).toThrow(refused('surrogate'))
    }
    expect(rows.getSync('k')).toBe('v')
  })

  it('are no replacement character, which is as good as any other', () => {
    const rows = open(string())
    const keys = [
      '\ufffd',
      'a\ufffd',
      '\ufffdb',
      '\ufffd\ufffd',
      `${'x'.repeat(1000)}\ufffd`,
      '\uefff',
      '\ufff0',
      '🦆\ufffd',
    ]
    for (const [i, key] of keys.entries()) rows.putSync(key, i)
    expect(keys.map(key => rows.getSync(key))).toEqual(keys.map((_, i) => i))
    expect(rows.getManySync([...keys, 'none'])).toEqual([...keys.map((_, i) => i), undefined])
    expect(new Set(rows.keys())).toEqual(new Set(keys))
    expect(keys.map(key => rows.addSync(key, 1))).toEqual(keys.map((_, i) => i + 1))
    expect(rows.updateSync('\ufffd', n => n! + 1)).toBe(2)
    expect(rows.putIfAbsentSync('\ufffd', 9)).toBe(2)
    expect(rows.getSync('\ufffd\ufffd\ufffd')).toBeUndefined()
    expect(rows.prefix('\ufffd').toArray()).toHaveLength(3)
    for (const key of keys) rows.deleteSync(key)
    expect(rows.countSync()).toBe(0)
  })
})
