import { dictionary, optional, string, struct, u32 } from '../index.js'
import type { Theme } from './bench.js'

const words = { keyCodec: dictionary(), valueCodec: dictionary() }
const flight = struct({ from: dictionary(), to: optional(dictionary()), seats: u32(), note: string() })
const flights = { keyCodec: u32(), valueCodec: flight }
/** Bytes as they are, under any codec: what has no id is compared with none. */
const raw = { encode: (bytes: Uint8Array) => bytes, decode: (bytes: Uint8Array) => Buffer.from(bytes) }

/** Strings that stores have codes for. */
export const dictionaries: Theme = ({ it, expect, provider, through, read, refuses }) => {
  it('strings are keys and values, by every read', async () => {
    const rows = through(provider().createKeyValueStore('rows', words))
    await rows.put('a', 'x')
    await rows.put('b', 'a')
    await rows.put('', 'x')
    expect([await rows.get('a'), await rows.get('b'), await rows.get('')]).toEqual(['x', 'a', 'x'])
    expect(await rows.getMany(['b', 'c', '', 'x'])).toEqual(['a', undefined, 'x', undefined])
    expect(await rows.getMany(Array(20).fill('b'))).toEqual(Array(20).fill('a'))
    expect([await rows.has('b'), await rows.has('c'), await rows.count()]).toEqual([true, false, 3])
    const entries = Object.fromEntries((await read(rows.all())).map(({ key, value }) => [key, value]))
    expect(entries).toEqual({ a: 'x', b: 'a', '': 'x' })
    expect((await read(rows.keys())).toSorted()).toEqual(['', 'a', 'b'])
    expect((await read(rows.values())).toSorted()).toEqual(['a', 'x', 'x'])
    expect(await rows.putIfAbsent('b', 'y')).toBe('a')
    expect(await rows.putIfAbsent('c', 'y')).toBeUndefined()
    expect(await rows.update('c', value => `${value}!`)).toBe('y!')
    await rows.delete('a')
    await rows.delete('nothing')
    expect((await read(rows.keys())).toSorted()).toEqual(['', 'b', 'c'])
  })

  it('what is no string is refused as a key and as a value', async () => {
    const rows = through(provider().createKeyValueStore('rows', words))
    for (const bad of [undefined, null, 1, '\ud800']) {
      await refuses(() => rows.put(bad as any, 'a'))
      await refuses(() => rows.put('a', bad as any))
      await refuses(() => rows.get(bad as any))
      await refuses(() => rows.delete(bad as any))
    }
    await refuses(() => (rows as any).range('a', 'b'), 'range')
    expect(await rows.count()).toBe(0)
  })

  it('strings are parts of structs, which are changed in place', async () => {
    const rows = through(provider().createKeyValueStore('rows', flights))
    await rows.put(1, { from: 'FRA', to: null, seats: 3, note: 'x' })
    await rows.updateFields(1, { seats: { add: 2 } })
    await rows.updateFields(1, { to: { set: 'LHR' }, seats: { max: 9 } })
    expect(await rows.get(1)).toEqual({ from: 'FRA', to: 'LHR', seats: 9, note: 'x' })
    await rows.updateFields(2, { seats: { add: 1 } })
    expect(await rows.get(2)).toEqual({ from: '', to: null, seats: 1, note: '' })
    await rows.updateFields(2, { from: { set: 'OSL' }, note: { set: 'y' } })
    expect((await read(rows.values())).map(({ from }) => from)).toEqual(['FRA', 'OSL'])
  })

  it('windows are by strings; rows that were asked for before their key had a code are there', async () => {
    const options = { keyCodec: dictionary(), valueCodec: u32(), windowSize: 10 }
    const rows = through(provider().createWindowStore('rows', options))
    const asked = rows.fetch('a', 0, 100)
    expect(await read(asked)).toEqual([])
    await rows.put('a', 1, 0)
    expect(await rows.add('b', 10, 5)).toBe(5)
    expect(await rows.update('a', 10, () => 7)).toBe(7)
    expect((await read(asked)).map(({ value }) => value)).toEqual([1, 7])
    expect([await rows.get('a', 0), await rows.get('c', 0)]).toEqual([1, undefined])
    await rows.delete('c', 0)
    await rows.delete('a', 0)
    expect((await read(rows.fetchAll(0, 100))).map(({ key, value }) => [key, value])).toEqual([
      ['a', 7],
      ['b', 5],
    ])
  })

  it('sessions are by strings', async () => {
    const options = { keyCodec: struct({ at: dictionary() }), valueCodec: dictionary(), retention: 100 }
    const rows = through(provider().createSessionStore('rows', options))
    const [a, b, c] = [{ at: 'a' }, { at: 'b' }, { at: 'c' }]
    const merged = (sessions: readonly { value: string }[]) => `${sessions.map(({ value }) => value)}.`
    await rows.merge(a, 0, 5, merged)
    await rows.merge(a, 5, 5, merged)
    await rows.put(b, 'x', 0, 3)
    expect(await read(rows.findSessions(a, 0, 100))).toEqual([{ sessionStart: 0, sessionEnd: 5, value: '..' }])
    expect(await read(rows.findSessions(c, 0, 100))).toEqual([])
    await rows.remove(c)
    await rows.remove(c, 0, 1)
    expect((await read(rows.all())).map(({ key }) => key.at).toSorted()).toEqual(['a', 'b'])
    expect((await rows.expire(104)).map(({ key }) => key)).toEqual([b])
    await rows.remove(a)
    expect(await read(rows.all())).toEqual([])
  })

  it('stores have codes of their own, though they share a codec', async () => {
    const one = provider()
    const [left, right] = ['left', 'right'].map(name => through(one.createKeyValueStore(name, words)))
    await left!.put('a', 'b')
    await right!.put('c', 'd')
    await right!.put('a', 'b')
    expect([await left!.get('a'), await right!.get('c'), await right!.get('a')]).toEqual(['b', 'd', 'b'])
    expect(await left!.get('c')).toBeUndefined()
  })

  it('strings of a transaction that was taken back stand in no later row', async () => {
    const one = provider()
    const rows = through(one.createKeyValueStore('rows', words))
    await rows.put('a', 'a')
    for (let round = 0; round < 3; round++) {
      const undone = () => {
        for (const text of ['b', 'c', `${round}`]) one.createKeyValueStore('rows', words).putSync(text, 'new')
        throw new Error('undone')
      }
      expect(() => one.transactionSync(undone)).toThrow('undone')
      expect([await rows.get('b'), await rows.has('new'), await rows.count()]).toEqual([undefined, false, 1])
    }
    await rows.put('c', 'd')
    await rows.put('e', 'b')
    expect([await rows.get('c'), await rows.get('e'), await rows.get('a')]).toEqual(['d', 'b', 'a'])
  })

  it('what is iterated in a transaction that is taken back has the strings that it had', () => {
    const one = provider()
    const rows = one.createKeyValueStore('rows', words)
    const texts = Array.from({ length: 500 }, (_, i) => `text ${i}`)
    let begun: Iterator<string> | undefined
    const undone = () => {
      for (const text of texts) rows.putSync(text, text)
      begun = rows.keys()[Symbol.iterator]()
      throw new Error('undone')
    }
    expect(() => one.transactionSync(undone)).toThrow('undone')
    rows.putSync('other', 'one')
    const seen = []
    for (let next = begun!.next(); !next.done; next = begun!.next()) seen.push(next.value)
    expect(seen.toSorted()).toEqual(texts.toSorted())
    expect(rows.keys().toArray()).toEqual(['other'])
  })

  it('a snapshot has its strings, and none gets another code by clear', async () => {
    const one = provider()
    const rows = through(one.createKeyValueStore('rows', words))
    await rows.put('a', 'b')
    using before = rows.snapshot()
    const all = one.snapshot()
    await rows.clear()
    await rows.put('c', 'd')
    expect([await rows.get('c'), await rows.get('a')]).toEqual(['d', undefined])
    for (const view of [before, all.createKeyValueStore('rows', words)].map(through)) {
      expect([await view.get('a'), await view.get('c'), await view.has('new')]).toEqual(['b', undefined, false])
      expect(await read(view.all())).toEqual([{ key: 'a', value: 'b' }])
    }
    await rows.restore(before)
    expect(await read(rows.all())).toEqual([{ key: 'a', value: 'b' }])
    all[Symbol.dispose]()
  })

  it('a restore from another store brings its codes; what was begun before keeps the old ones', async () => {
    const [one, two] = [provider(), provider()]
    const rows = through(one.createKeyValueStore('rows', words))
    const others = through(two.createKeyValueStore('others', words))
    const texts = Array.from({ length: 300 }, (_, i) => `text ${i}`)
    for (const text of texts) await rows.put(text, text)
    for (const text of texts.toReversed()) await others.put(text, `${text}!`)
    using before = rows.snapshot()
    using source = others.snapshot()
    const asked = rows.all()
    const order = await read(rows.keys())
    const begun = rows.all()[Symbol.iterator]()
    begun.next()
    await rows.restore(source)
    await rows.put('new', 'text 7')
    const left = Array.from({ [Symbol.iterator]: () => begun })
    expect(left).toEqual(order.slice(1).map(key => ({ key, value: key })))
    expect((await read(asked)).filter(({ key, value }) => value === `${key}!`).length).toBe(300)
    for (const text of texts) expect(await rows.get(text)).toBe(`${text}!`)
    expect([await rows.get('new'), await through(before).get('text 7'), before.entries]).toEqual([
      'text 7',
      'text 7',
      300,
    ])
    await rows.restore(before)
    expect(await rows.get('text 7')).toBe('text 7')
    expect(await read(rows.values())).toHaveLength(300)
  })

  it('a restore into a new store, and one that is taken back', async () => {
    const [one, two] = [provider(), provider()]
    const rows = through(one.createKeyValueStore('rows', words))
    await rows.put('a', 'b')
    using source = rows.snapshot()
    const fresh = through(two.createKeyValueStore('rows', words))
    await fresh.restore(source)
    await fresh.put('c', 'a')
    expect([await fresh.get('a'), await fresh.get('c')]).toEqual(['b', 'a'])
    const others = two.createKeyValueStore('others', words)
    others.putSync('x', 'y')
    const undone = () => {
      two.transactionSync(() => {
        void others.restore(source)
        others.putSync('z', 'a')
        if (others.getSync('a') === 'b' && others.getSync('z') === 'a') throw new Error('undone')
      })
    }
    for (let round = 0; round < 2; round++) expect(undone).toThrow('undone')
    expect(others.all().toArray()).toEqual([{ key: 'x', value: 'y' }])
    others.putSync('z', 'x')
    expect([others.getSync('x'), others.getSync('z'), others.getSync('a')]).toEqual(['y', 'x', undefined])
  })

  it('code of the user’s that writes strings while others are on their way changes none of them', async () => {
    const one = provider()
    const rows = one.createKeyValueStore('rows', { keyCodec: struct({ at: dictionary() }), valueCodec: flight })
    let count = 0
    const nosy = (value: { from: string; to: string | null; seats: number; note: string }) => ({
      ...value,
      get seats() {
        count++
        rows.putSync({ at: `inner ${count}` }, { from: `from ${count}`, to: `to ${count}`, seats: count, note: '' })
        return value.seats
      },
    })
    const value = { from: 'FRA', to: 'LHR', seats: 1, note: 'long'.repeat(30) }
    rows.putSync({ at: 'outer' }, nosy(value))
    rows.updateSync({ at: 'other' }, () => nosy({ ...value, from: 'OSL' }))
    rows.batchSync([{ type: 'put', key: { at: 'third' }, value: nosy(value) }])
    expect(rows.getSync({ at: 'outer' })).toEqual(value)
    expect(rows.getSync({ at: 'other' })).toEqual({ ...value, from: 'OSL' })
    expect(rows.getSync({ at: 'third' })).toEqual(value)
    expect(rows.getSync({ at: 'inner 2' })).toEqual({ from: 'from 2', to: 'to 2', seats: 2, note: '' })
  })

  it('a function that restores other codes while its key is on its way gets the key that it asked for', () => {
    const one = provider()
    const rows = one.createKeyValueStore('rows', words)
    const others = one.createKeyValueStore('others', words)
    for (const text of ['x', 'y', 'z']) others.putSync(text, text)
    using source = others.snapshot()
    rows.putSync('a', 'b')
    rows.updateSync('c', () => {
      void rows.restore(source)
      return 'x'
    })
    expect(
      rows
        .all()
        .toArray()
        .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    ).toEqual([{ key: 'c', value: 'x' }, ...['x', 'y', 'z'].map(text => ({ key: text, value: text }))])
  })

  it('rows with a time to live, and their views, have strings too', async () => {
    const time = { now: 1_000_000 }
    const one = provider({ clock: () => time.now })
    const rows = through(one.createKeyValueStore('rows', { ...words, ttl: 100 }))
    await rows.put('a', 'b')
    await rows.put('c', 'd', { ttl: 200 })
    time.now += 100
    expect([await rows.get('a'), await rows.get('c'), await rows.get('x')]).toEqual([undefined, 'd', undefined])
    expect(await read(rows.all())).toEqual([{ key: 'c', value: 'd' }])
  })

  it('values of an older version are migrated with their strings', async () => {
    const one = provider()
    const first = struct({ at: dictionary() })
    const options = { keyCodec: u32(), valueCodec: { ...first, id: 'flight', version: 1 } }
    const rows = through(one.createKeyValueStore('rows', options))
    await rows.put(1, { at: 'FRA' })
    await rows.put(2, { at: 'OSL' })
    const second = {
      ...struct({ from: dictionary(), to: dictionary() }),
      id: 'flight',
      version: 2,
      migrate: (bytes: Buffer) => ({ from: first.decode(bytes).at, to: 'LHR' }),
    }
    const again = through(one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: second }))
    await again.put(1, { from: 'LHR', to: 'FRA' })
    expect((await read(again.all())).map(({ value }) => value)).toEqual([
      { from: 'LHR', to: 'FRA' },
      { from: 'OSL', to: 'LHR' },
    ])
    const third = { ...string(), id: 'flight', version: 3, migrate: (bytes: Buffer) => first.decode(bytes).at }
    const texts = through(one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: third }))
    expect(await texts.get(2)).toBe('OSL')
  })

  it('a code that stands for nothing is corruption', async () => {
    const one = provider()
    const bytes = one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: raw })
    bytes.putSync(1, Buffer.from([7, 0, 0, 0]))
    const rows = through(one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: dictionary() }))
    for (const call of [() => rows.get(1), () => read(rows.all())]) {
      const error = await (async () => call())().catch((error: unknown) => error)
      expect(error).toMatchObject({ name: 'MillpondError', code: 'ERR_MILLPOND_CORRUPTION' })
    }
    await rows.put(1, 'a')
    expect(await rows.get(1)).toBe('a')
  })
}
