import { describe, expect, it } from 'vitest'
import { type KeyValueStore, u32 } from '../../../src/index.js'
import { refused } from '../codec/errors.js'
import { failure, provider } from '../store/stores.js'
import { opened, options } from './two-stores.js'

const boom = new Error('boom')

describe('transactionSync', () => {
  it('keeps what its function wrote to several stores, and returns what it returned', () => {
    const { one, a, b } = opened()
    const result = one.transactionSync(() => {
      a.putSync(9, 'nine')
      b.deleteSync(1)
      expect([a.getSync(9), b.getSync(1)]).toEqual(['nine', undefined])
      return { done: true }
    })
    expect(result).toEqual({ done: true })
    expect([a.getSync(9), b.countSync()]).toEqual(['nine', 0])
  })

  it('takes back a restore, and one after a clear', async () => {
    const { one, a, held } = opened()
    using view = a.snapshot()
    a.putSync(0, 'changed')
    const before = held()
    for (const clear of [false, true]) {
      expect(() =>
        one.transactionSync(() => {
          if (clear) void a.clear()
          void a.restore(view)
          expect(a.getSync(0)).toBe('0')
          a.putSync(1, 'x')
          throw boom
        }),
      ).toThrow(boom)
      expect(held()).toEqual(before)
    }
    one.transactionSync(() => void a.restore(view))
    expect(a.getSync(0)).toBe('0')
    expect(view.getSync(0)).toBe('0')
  })

  it('takes everything back if its function returns a promise, and says so', async () => {
    const { one, a, held } = opened()
    const before = held()
    const run = (fn: () => any) => () => one.transactionSync(fn)
    expect(run(async () => a.putSync(0, 'x'))).toThrow(failure('TRANSACTION'))
    // biome-ignore lint/suspicious/noThenProperty: what looks like a promise is one
    expect(run(() => ({ then: () => a.putSync(0, 'x') }))).toThrow(failure('TRANSACTION'))
    expect(run(() => a.put(0, 'x'))).toThrow(failure('TRANSACTION'))
    expect(held()).toEqual(before)
  })

  it('takes back a batch that is refused, and goes on', () => {
    const { one, a } = opened()
    one.transactionSync(() => {
      a.putSync(10, 'before')
      const bad = [
        { type: 'put', key: 11, value: 'x' },
        { type: 'put', key: -1, value: 'x' },
      ] as const
      expect(() => a.batchSync(bad)).toThrow(RangeError)
      a.putSync(12, 'after')
    })
    expect(a.getManySync([10, 11, 12])).toEqual(['before', undefined, 'after'])
  })

  it('lets iterate inside, over what it wrote, and takes it back all the same', () => {
    const { one, a } = opened()
    for (let key = 0; key < 2000; key++) a.putSync(key, 'old')
    expect(() =>
      one.transactionSync(() => {
        let seen = 0
        for (const { key, value } of a.all()) {
          expect([key, value]).toEqual([seen, 'old'])
          a.putSync(key, 'new')
          a.deleteSync((key * 7) % 2000)
          seen++
        }
        expect(seen).toBe(2000)
        expect(
          a
            .values()
            .toArray()
            .every(value => value === 'new'),
        ).toBe(true)
        throw boom
      }),
    ).toThrow(boom)
    expect(a.countSync()).toBe(2000)
    expect(new Set(a.values())).toEqual(new Set(['old']))
    expect(one.stats().openIterators).toBe(0)
  })

  it('leaves an iteration that began before it, or in it, its view', () => {
    const { one, a } = opened()
    for (let key = 0; key < 1000; key++) a.putSync(key, 'old')
    const before = a.values()[Symbol.iterator]()
    before.next()
    let inside: Iterator<string> | undefined
    expect(() =>
      one.transactionSync(() => {
        for (let key = 0; key < 1000; key++) a.putSync(key, 'new')
        inside = a.values()[Symbol.iterator]()
        inside.next()
        throw boom
      }),
    ).toThrow(boom)
    const rest = (rows: Iterator<string>) => [...(rows as IterableIterator<string>)]
    expect(new Set(rest(before))).toEqual(new Set(['old']))
    expect(new Set(rest(inside!))).toEqual(new Set(['new']))
    expect(new Set(a.values())).toEqual(new Set(['old']))
  })

  it('leaves snapshots taken before it as they are, kept or taken back', () => {
    const { one, a } = opened()
    using view = a.snapshot()
    one.transactionSync(() => a.putSync(0, 'x'))
    expect(() =>
      one.transactionSync(() => {
        a.putSync(1, 'x')
        throw boom
      }),
    ).toThrow(boom)
    expect(view.values().toArray()).toEqual(['0', '1', '2', '3', '4'])
    expect(a.values().toArray()).toEqual(['x', '1', '2', '3', '4'])
  })

  it('opens stores inside; one made there stays, without what was written', () => {
    const { one } = opened()
    expect(() =>
      one.transactionSync(() => {
        one.createKeyValueStore('new', options).putSync(1, 'x')
        throw boom
      }),
    ).toThrow(boom)
    const made = one.createKeyValueStore('new', options)
    expect(made.countSync()).toBe(0)
    one.transactionSync(() => made.putSync(1, 'y'))
    expect(made.getSync(1)).toBe('y')
  })

  it('refuses another inside, a snapshot, a commit and a close, and can go on', async () => {
    const { one, a } = opened()
    const promises: PromiseLike<void>[] = []
    one.transactionSync(() => {
      expect(() => one.transactionSync(() => 1)).toThrow(failure('TRANSACTION'))
      expect(() => one.snapshot()).toThrow(failure('TRANSACTION'))
      expect(() => a.snapshot()).toThrow(failure('TRANSACTION'))
      promises.push(one.commit(), one.close(), one[Symbol.asyncDispose]())
      a.putSync(0, 'kept')
    })
    for (const promise of promises) await expect(Promise.resolve(promise)).rejects.toEqual(failure('TRANSACTION'))
    expect(a.getSync(0)).toBe('kept')
    using view = one.snapshot()
    expect(view.entries).toBe(6)
  })

  it('is over when its function threw or returned a promise: the next one runs', () => {
    const { one } = opened()
    expect(() =>
      one.transactionSync(() => {
        throw boom
      }),
    ).toThrow(boom)
    expect(() => one.transactionSync((async () => 1) as any)).toThrow(failure('TRANSACTION'))
    expect(one.transactionSync(() => 7)).toBe(7)
  })

  it('does not touch another provider', () => {
    const [first, second] = [opened(), opened()]
    expect(() =>
      first.one.transactionSync(() => {
        second.a.putSync(0, 'x')
        second.one.transactionSync(() => second.a.putSync(1, 'y'))
        first.a.putSync(0, 'x')
        throw boom
      }),
    ).toThrow(boom)
    expect([first.a.getSync(0), second.a.getSync(0), second.a.getSync(1)]).toEqual(['0', 'x', 'y'])
  })

  it('refuses what is no function, and a provider that is closed', async () => {
    const { one } = opened()
    for (const fn of [undefined, null, 7, {}]) expect(() => one.transactionSync(fn as any)).toThrow(refused('function'))
    await one.close()
    expect(() => one.transactionSync(() => 1)).toThrow(failure('CLOSED'))
  })
})

describe('a batch', () => {
  it('that is refused leaves a snapshot taken in the middle of it readable', () => {
    const one = provider()
    const views: (Disposable & { entries: number; keys(): Iterable<number> })[] = []
    const valueCodec = {
      encode: (isSeen: boolean) => {
        if (isSeen) views.push(rows.snapshot())
        return Buffer.of(1)
      },
      decode: () => true,
    }
    const rows: KeyValueStore<number, boolean> = one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec })
    const put = (key: number, value: boolean) => ({ type: 'put', key, value }) as const
    const many = Array.from({ length: 500 }, (_, key) => put(key, key % 100 === 99))
    expect(() => rows.batchSync([...many, put(-1, false)])).toThrow(RangeError)
    expect(rows.countSync()).toBe(0)
    for (const view of views) {
      expect([...view.keys()]).toHaveLength(view.entries)
      view[Symbol.dispose]()
    }
    rows.batchSync(many)
    expect(rows.countSync()).toBe(500)
  })
})
