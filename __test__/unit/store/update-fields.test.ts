import { describe, expect, it } from 'vitest'
import { bool, f64, i64, json, optional, string, struct, u32, u64, uuid } from '../../../src/index.js'
import { outOfRange, refused } from '../codec/errors.js'
import { failure, provider } from './stores.js'

const invalid = expect.objectContaining({ code: 'ERR_MILLPOND_INVALID_ARG' })
const numbers = { a: u32(), b: u64(), c: i64(), d: f64() }
const zeros = { a: 0, b: 0n, c: 0n, d: 0 }
const some = { a: 5, b: 5n, c: -5n, d: -0.5 }

const open = (fields: any) =>
  provider().createKeyValueStore<string, any, string>('s', { keyCodec: string(), valueCodec: struct(fields) })

// With a field of varying width named, the whole value is written anew: the outcome must be the same.
describe.each([
  ['alone', {}, {}],
  ['beside a field of varying width', { text: string() }, { text: { set: 'new' } }],
])('fields of numbers %s', (_, more, moreOps) => {
  const others = 'text' in more ? { text: 'new' } : {}
  const before = { ...some, ...('text' in more ? { text: 'old' } : {}) }
  const opened = () => {
    const rows = open({ ...numbers, ...more })
    rows.putSync('k', before)
    return rows
  }
  const changed = (ops: object) => {
    const rows = opened()
    rows.updateFieldsSync('k', { ...moreOps, ...ops })
    return rows.getSync('k')
  }

  it('are added to, of every type, below zero too', () => {
    expect(changed({ a: { add: 2 }, b: { add: 2n }, c: { add: 2n }, d: { add: 2 } })).toEqual({
      ...others,
      a: 7,
      b: 7n,
      c: -3n,
      d: 1.5,
    })
    expect(changed({ a: { add: -5 }, b: { add: -5n }, c: { add: -5n }, d: { add: -5 } })).toEqual({
      ...others,
      a: 0,
      b: 0n,
      c: -10n,
      d: -5.5,
    })
  })

  it('go to the larger, to the smaller, or are set', () => {
    expect(changed({ a: { max: 9 }, b: { max: 9n }, c: { max: 9n }, d: { max: 9 } })).toEqual({
      ...others,
      a: 9,
      b: 9n,
      c: 9n,
      d: 9,
    })
    expect(changed({ a: { max: 1 }, b: { max: 1n }, c: { max: -9n }, d: { max: -9 } })).toEqual({ ...some, ...others })
    expect(changed({ a: { min: 9 }, b: { min: 9n }, c: { min: 9n }, d: { min: 9 } })).toEqual({ ...some, ...others })
    expect(changed({ a: { min: 1 }, b: { min: 1n }, c: { min: -9n }, d: { min: -9 } })).toEqual({
      ...others,
      a: 1,
      b: 1n,
      c: -9n,
      d: -9,
    })
    expect(changed({ a: { set: 1 }, b: { set: 2n }, c: { set: 3n }, d: { set: 4 } })).toEqual({
      ...others,
      a: 1,
      b: 2n,
      c: 3n,
      d: 4,
    })
  })

  it('that would overflow change nothing, nor do those beside them', () => {
    const rows = opened()
    for (const ops of [
      { a: { add: 2 ** 32 - 1 } },
      { a: { add: -6 } },
      { b: { add: 2n ** 64n - 1n } },
      { b: { add: -6n } },
      { c: { add: -(2n ** 63n) } },
      { a: { add: 1 }, d: { max: 9 }, b: { add: -6n } },
    ]) {
      expect(() => rows.updateFieldsSync('k', { ...moreOps, ...ops })).toThrow(
        failure('OVERFLOW', { store: 's', key: 'k' }),
      )
    }
    rows.putSync('infinite', { ...before, d: Infinity })
    expect(() => rows.updateFieldsSync('infinite', { ...moreOps, d: { add: -Infinity } })).toThrow(failure('OVERFLOW'))
    expect(rows.all().toArray()).toEqual([
      { key: 'infinite', value: { ...before, d: Infinity } },
      { key: 'k', value: before },
    ])
  })

  it('refuse an operand of another type, of an entry that is there and of a missing one', () => {
    const rows = opened()
    for (const ops of [
      { a: { add: 1n } },
      { a: { add: '1' } },
      { a: { add: null } },
      { a: { add: undefined } },
      { a: { max: '9' } },
      { a: { min: NaN } },
      { a: { add: 0.5 } },
      { a: { max: -1 } },
      { a: { set: -1 } },
      { b: { add: 1 } },
      { b: { max: 1 } },
      { b: { add: 2n ** 64n } },
      { c: { min: -1 } },
      { d: { add: 1n } },
      { d: { add: NaN } },
      { d: { max: [9] } },
      { d: { add: true } },
    ]) {
      for (const key of ['k', 'new']) {
        expect(() => rows.updateFieldsSync(key, { ...moreOps, ...ops }), `${Object.keys(ops)}`).toThrow(invalid)
      }
    }
    expect(rows.all().toArray()).toEqual([{ key: 'k', value: before }])
  })

  it('of a missing entry take their operands, the others their zeros', () => {
    const rows = opened()
    rows.updateFieldsSync('new', { ...moreOps, a: { add: 3 }, c: { min: 4n }, d: { max: -2 } })
    expect(rows.getSync('new')).toEqual({ ...zeros, ...others, a: 3, c: 4n, d: -2 })
    expect(() => rows.updateFieldsSync('newer', { ...moreOps, a: { add: -1 } })).toThrow(failure('OVERFLOW'))
    expect(rows.hasSync('newer')).toBe(false)
  })
})

describe('updateFields', () => {
  it('sets fields of any type', () => {
    const id = '0190a1b2-c3d4-7000-8000-0123456789ab'
    const rows = open({ on: bool(), id: uuid(), name: string(), note: optional(string()), n: u32() })
    rows.updateFieldsSync('k', { on: { set: true }, id: { set: id }, name: { set: 'Ann' }, n: { add: 1 } })
    expect(rows.getSync('k')).toEqual({ on: true, id, name: 'Ann', note: null, n: 1 })
    rows.updateFieldsSync('k', { note: { set: 'x'.repeat(100_000) }, on: { set: false } })
    expect(rows.getSync('k')).toEqual({ on: false, id, name: 'Ann', note: 'x'.repeat(100_000), n: 1 })
    rows.updateFieldsSync('k', { n: { add: 1 } })
    expect(rows.getSync('k').n).toBe(2)
  })

  it('leaves an overflow to the field that overflows', () => {
    const rows = open({ n: u32(), maybe: optional(u32()) })
    rows.putSync('k', { n: 1, maybe: null })
    expect(() => rows.updateFieldsSync('k', { n: { add: 1 }, maybe: { set: -1 } })).toThrow(outOfRange('maybe'))
    expect(rows.getSync('k')).toEqual({ n: 1, maybe: null })
  })

  it('refuses what is no operation', () => {
    const rows = open({ n: u32(), name: string() })
    rows.putSync('k', { n: 1, name: 'a' })
    for (const ops of [null, undefined, 7, 'n']) {
      expect(() => rows.updateFieldsSync('k', ops as any)).toThrow(refused('updateFields'))
    }
    for (const op of [null, 7, {}, { add: 1, max: 2 }, { subtract: 1 }, { constructor: 1 }, []]) {
      expect(() => rows.updateFieldsSync('k', { n: op as any })).toThrow(refused('updateFields: n'))
    }
    expect(() => rows.updateFieldsSync('k', { name: { add: 'b' } })).toThrow(refused('name'))
    expect(() => rows.updateFieldsSync('k', { name: { max: 'b' }, n: { add: 1 } })).toThrow(refused('name'))
    expect(rows.getSync('k')).toEqual({ n: 1, name: 'a' })
  })

  it.each(['nope', '__proto__', 'constructor', 'toString'])('refuses a field that is not there: %s', name => {
    const rows = open({ n: u32(), name: string() })
    rows.putSync('k', { n: 1, name: 'a' })
    for (const key of ['k', 'new']) {
      for (const op of [{ set: 1 }, { add: 1 }]) {
        const ops = JSON.parse(`{ "n": { "add": 1 }, "${name}": ${JSON.stringify(op)} }`)
        expect(() => rows.updateFieldsSync(key, ops)).toThrow(refused(name))
      }
    }
    expect(rows.all().toArray()).toEqual([{ key: 'k', value: { n: 1, name: 'a' } }])
  })

  it('refuses a store whose values are no structs', () => {
    for (const valueCodec of [u32(), json<any>()]) {
      const rows = provider().createKeyValueStore<string, any, string>('s', { keyCodec: string(), valueCodec })
      expect(() => rows.updateFieldsSync('k', { n: { add: 1 } })).toThrow(refused('updateFields'))
    }
  })

  it('of a missing entry needs each field that has no zero', () => {
    const rows = open({ n: u32(), tags: json() })
    expect(() => rows.updateFieldsSync('k', { n: { add: 1 } })).toThrow(refused('tags'))
    expect(rows.hasSync('k')).toBe(false)
    rows.updateFieldsSync('k', { n: { add: 1 }, tags: { set: ['a'] } })
    expect(rows.getSync('k')).toEqual({ n: 1, tags: ['a'] })
  })

  it('changes as many fields as a struct has', () => {
    const names = Array.from({ length: 8000 }, (_, i) => `f${i}`)
    const rows = open(Object.fromEntries(names.map(name => [name, u32()])))
    rows.putSync('k', Object.fromEntries(names.map(name => [name, 1])))
    rows.updateFieldsSync('k', Object.fromEntries(names.map((name, i) => [name, { add: i }])))
    expect(rows.getSync('k')).toEqual(Object.fromEntries(names.map((name, i) => [name, i + 1])))
  })

  it('does not show in a snapshot taken before, and a copy of the codec works as it does', async () => {
    const valueCodec = { ...struct({ n: u32() }), id: 'copy' }
    const rows = provider().createKeyValueStore('s', { keyCodec: string(), valueCodec })
    await rows.put('k', { n: 1 })
    using view = rows.snapshot()
    await rows.updateFields('k', { n: { add: 1 } })
    expect([view.getSync('k'), rows.getSync('k')]).toEqual([{ n: 1 }, { n: 2 }])
  })
})
