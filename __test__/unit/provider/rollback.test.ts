import { describe, expect, it } from 'vitest'
import { type Opened, opened } from './two-stores.js'

const boom = new Error('boom')

describe('transactionSync', () => {
  it.each([
    [
      'puts and deletes',
      ({ a, b }: Opened) => {
        a.putSync(0, 'x')
        a.deleteSync(1)
        b.putSync(7, 'y')
        b.deleteSync(1)
      },
    ],
    [
      'a key written again and again',
      ({ a }: Opened) => {
        a.deleteSync(0)
        a.putSync(0, 'x')
        a.putSync(0, 'y')
        a.deleteSync(0)
      },
    ],
    [
      'clear',
      ({ a }: Opened) => {
        void a.clear()
      },
    ],
    [
      'clear, then puts',
      ({ a, b }: Opened) => {
        void a.clear()
        a.putSync(0, 'x')
        a.putSync(99, 'y')
        b.putSync(1, 'z')
      },
    ],
    [
      'puts, clear, puts, clear',
      ({ a }: Opened) => {
        a.putSync(77, 'x')
        void a.clear()
        a.putSync(0, 'x')
        void a.clear()
      },
    ],
    [
      'a batch',
      ({ a }: Opened) =>
        a.batchSync([
          { type: 'put', key: 0, value: 'x' },
          { type: 'delete', key: 2 },
        ]),
    ],
    [
      'updates',
      ({ a, b }: Opened) => {
        a.updateSync(0, () => 'x')
        a.updateSync(1, () => undefined)
        b.putIfAbsentSync(2, 'y')
      },
    ],
    [
      'a batch that is refused, then a put',
      ({ a }: Opened) => {
        expect(() => a.batchSync([{ type: 'put', key: -1, value: 'x' }])).toThrow(RangeError)
        a.putSync(0, 'x')
      },
    ],
    [
      'two batches, then a put to another store',
      ({ a, b }: Opened) => {
        a.batchSync([{ type: 'put', key: 0, value: 'x' }])
        b.batchSync([{ type: 'put', key: 0, value: 'x' }])
        b.putSync(1, 'y')
      },
    ],
    [
      'large values',
      ({ a }: Opened) => {
        a.putSync(0, 'x'.repeat(200_000))
        a.putSync(50, 'y'.repeat(200_000))
      },
    ],
    [
      'thousands of rows',
      ({ a }: Opened) => {
        for (let key = 0; key < 5000; key++) a.putSync(key, 'x')
      },
    ],
  ])('takes everything back if its function throws: %s', (_, write) => {
    const all = opened()
    const before = all.held()
    expect(() =>
      all.one.transactionSync(() => {
        write(all)
        throw boom
      }),
    ).toThrow(boom)
    expect(all.held()).toEqual(before)
    expect(all.one.stats().entries).toBe(6)
    all.one.transactionSync(() => all.a.putSync(0, 'after'))
    expect(all.a.getSync(0)).toBe('after')
  })
})
