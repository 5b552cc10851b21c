import { describe, expect, it } from 'vitest'
import { json } from '../../../../src/index.js'
import { failure } from '../../store/stores.js'
import { counts, directory } from './directory.js'

const KEYS = Array.from({ length: 3000 }, (_, i) => `key ${i}`)

describe("with commits: 'auto'", () => {
  it('what was put, deleted and cleared is there after a reopen', async () => {
    const { open } = directory()
    const one = open()
    const [a, b] = ['a', 'b'].map(name => one.createKeyValueStore(name, counts))
    for (const [i, key] of KEYS.entries()) a!.putSync(key, i)
    a!.deleteSync(KEYS[7]!)
    a!.addSync('', 5)
    b!.putSync('gone', 1)
    await b!.clear()
    const held = a!.all().toArray()
    await one.close()
    const again = open()
    const [c, d] = ['a', 'b'].map(name => again.createKeyValueStore(name, counts))
    expect(c!.all().toArray()).toEqual(held)
    expect([c!.getSync(''), c!.countSync(), await c!.approximateNumEntries(), d!.countSync()]).toEqual([
      5, 3000, 3000, 0,
    ])
    expect(again.stats()).toMatchObject({ entries: 3000, pendingBytes: 0, failedCommits: 0 })
  })

  it('a put is visible to a get before it is durable', () => {
    const rows = directory().open().createKeyValueStore('counts', counts)
    void rows.put('a', 1)
    expect(rows.getSync('a')).toBe(1)
    expect(rows.all().toArray()).toEqual([{ key: 'a', value: 1 }])
  })

  it('the writes of one stretch share a promise, those of another have their own', async () => {
    const rows = directory().open().createKeyValueStore('counts', counts)
    const first = rows.put('a', 1)
    expect(rows.put('b', 2)).toBe(first)
    expect(rows.delete('a')).toBe(first)
    expect(rows.batch([{ type: 'put', key: 'c', value: 3 }])).toBe(first)
    expect(rows.clear()).toBe(first)
    await Promise.resolve()
    expect(rows.put('d', 4)).toBe(first)
    await first
    expect(rows.put('e', 5)).not.toBe(first)
  })

  it('a write with a result gives it once it is durable; one that wrote nothing gives it at once', async () => {
    const rows = directory().open().createKeyValueStore('counts', counts)
    const settled: string[] = []
    const note = (what: string) => () => settled.push(what)
    const writes = [
      rows.add('n', 2).then(note('add')),
      rows.update('n', n => n! + 1).then(note('update')),
      rows.putIfAbsent('n', 9).then(note('putIfAbsent')),
    ]
    await Promise.resolve()
    await Promise.resolve()
    expect(settled).toEqual([])
    await Promise.all(writes)
    expect(settled).toEqual(['add', 'update', 'putIfAbsent'])
    expect(await rows.add('n', 2)).toBe(5)
    expect(await rows.update('n', n => n! + 1)).toBe(6)
    expect(await rows.update('n', () => undefined)).toBeUndefined()
    expect(await rows.putIfAbsent('n', 9)).toBeUndefined()
    const present = rows.putIfAbsent('n', 10).then(note('present'))
    await present
    expect(await rows.get('n')).toBe(9)
  })

  it('a read resolves at once, whatever waits for the disk', async () => {
    const rows = directory().open().createKeyValueStore('counts', counts)
    const order: string[] = []
    const put = rows.put('a', 1).then(() => order.push('put'))
    await rows.get('a').then(() => order.push('get'))
    await put
    expect(order).toEqual(['get', 'put'])
  })

  it('commit and flush resolve with nothing written, and after what was', async () => {
    const one = directory().open()
    await one.commit()
    await one.flush()
    const rows = one.createKeyValueStore('counts', counts)
    rows.putSync('a', 1)
    expect(one.stats().pendingBytes).toBeGreaterThan(0)
    await one.commit()
    expect(one.stats().pendingBytes).toBe(0)
    await Promise.all([one.commit(), one.flush(), rows.flush(), one.commit()])
  })

  it('flush makes no boundary: what this stretch wrote still waits', async () => {
    const one = directory().open()
    const rows = one.createKeyValueStore('counts', counts)
    await one.commit()
    rows.putSync('a', 1)
    const flushed = one.flush()
    expect(one.stats().pendingBytes).toBeGreaterThan(0)
    await flushed
    await rows.put('b', 2)
  })

  it('a commit in the middle of a stretch ends its batch, and the rest is the next one', async () => {
    const { open } = directory()
    const one = open()
    const rows = one.createKeyValueStore('counts', counts)
    const before = rows.put('a', 1)
    const commit = one.commit()
    const after = rows.put('b', 2)
    expect(after).not.toBe(before)
    await Promise.all([before, commit, after])
    await one.close()
    expect(open().createKeyValueStore('counts', counts).countSync()).toBe(2)
  })

  it('thousands of awaited puts, of many stretches, all become durable', async () => {
    const { open } = directory()
    const one = open()
    const rows = one.createKeyValueStore('counts', counts)
    for (let round = 0; round < 30; round++) {
      await Promise.all(KEYS.slice(0, 100).map(key => rows.put(key, round)))
    }
    const late = KEYS.map(key => new Promise(setImmediate).then(() => rows.put(key, 99)))
    await Promise.all(late)
    await one.close()
    const again = open().createKeyValueStore('counts', counts)
    expect(new Set(again.values())).toEqual(new Set([99]))
    expect(again.countSync()).toBe(3000)
  })

  it("works as well with durability: 'relaxed'", async () => {
    const { open } = directory({ durability: 'relaxed' })
    const one = open()
    await one.createKeyValueStore('counts', counts).put('a', 1)
    await one.close()
    expect(open().createKeyValueStore('counts', counts).getSync('a')).toBe(1)
  })
})

describe('a transaction', () => {
  it('over two stores that throws leaves nothing, after a reopen either; a store made inside stays, empty', async () => {
    const { open } = directory()
    const one = open()
    const [a, b] = ['a', 'b'].map(name => one.createKeyValueStore(name, counts))
    await a!.put('kept', 1)
    expect(() =>
      one.transactionSync(() => {
        a!.putSync('kept', 2)
        b!.putSync('new', 1)
        one.createKeyValueStore('made inside', counts).putSync('new', 1)
        throw new Error('boom')
      }),
    ).toThrow('boom')
    one.transactionSync(() => {
      a!.putSync('both', 1)
      b!.putSync('both', 1)
    })
    const held = () => ['a', 'b', 'made inside'].map(name => now.createKeyValueStore(name, counts).all().toArray())
    let now = one
    const expected = [
      [
        { key: 'both', value: 1 },
        { key: 'kept', value: 1 },
      ],
      [{ key: 'both', value: 1 }],
      [],
    ]
    expect(held()).toEqual(expected)
    await one.close()
    now = open()
    expect(held()).toEqual(expected)
  })

  it('refuses a commit inside, and inside a batch, whose codec may call it', async () => {
    const one = directory().open()
    let inside: Promise<void> | undefined
    const valueCodec = {
      encode: (_: number): Uint8Array => {
        inside = one.commit()
        inside.catch(() => {})
        return Buffer.of(1)
      },
      decode: () => 1,
    }
    const rows = one.createKeyValueStore('rows', { ...counts, valueCodec })
    one.transactionSync(() => rows.putSync('a', 1))
    await expect(inside).rejects.toEqual(failure('TRANSACTION'))
    await rows.batch([{ type: 'put', key: 'b', value: 1 }])
    await expect(inside).rejects.toEqual(failure('TRANSACTION'))
    expect(rows.countSync()).toBe(2)
  })
})

describe('a snapshot', () => {
  it('of the provider shows stores that were not opened since the directory was', async () => {
    const { open } = directory()
    const one = open()
    one.createKeyValueStore('a', counts).putSync('k', 1)
    one.createKeyValueStore('b', counts).putSync('k', 2)
    await one.close()
    const again = open()
    using view = again.snapshot()
    again.createKeyValueStore('b', counts).putSync('k', 3)
    expect(view.createKeyValueStore('b', counts).getSync('k')).toBe(2)
    expect([view.entries, view.sizeBytes]).toEqual([2, 10])
    const other = { ...counts, valueCodec: json() }
    expect(() => view.createKeyValueStore('a', other)).toThrow(failure('STORE_MISMATCH'))
  })

  it('of a store can be restored from, and what it held is durable', async () => {
    const { open } = directory()
    const one = open()
    const rows = one.createKeyValueStore('counts', counts)
    for (const key of KEYS) rows.putSync(key, 1)
    using view = rows.snapshot()
    await rows.clear()
    await rows.put('other', 1)
    await rows.restore(view)
    await one.close()
    const again = open().createKeyValueStore('counts', counts)
    expect([again.countSync(), again.hasSync('other')]).toEqual([3000, false])
  })
})
