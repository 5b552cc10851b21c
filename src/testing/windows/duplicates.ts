import { string, u32 } from '../../index.js'
import type { WindowBench } from './bench.js'

/** Several values of one key and window. */
export const duplicates = ({ it, expect, refuses, read, storeOf, store, keysOf }: WindowBench): void => {
  it('W31 retainDuplicates keeps all values of a key and a window, in the order of the puts', async () => {
    const rows = store({ retainDuplicates: true })
    const values = ['zero', 'zero', 'zero+', 'zero++']
    for (const value of values) await rows.put('a', value, 0)
    expect((await read(rows.fetch('a', -3, 3))).map(({ value }) => value)).toEqual(values)
    expect((await read(rows.all({ reverse: true }))).map(({ value }) => value)).toEqual(values.toReversed())
    expect(await read(rows.fetch('a', 1, 7))).toEqual([])
    const plain = store()
    for (const value of values) await plain.put('a', value, 0)
    expect((await read(plain.fetch('a', -3, 3))).map(({ value }) => value)).toEqual(['zero++'])
  })

  it('W32 duplicates of several starts', async () => {
    const rows = store({ retainDuplicates: true })
    for (const [value, start] of [
      ['one', 0],
      ['two', 30],
      ['one-2', 0],
      ['two-2', 30],
      ['three', 60],
    ] as const) {
      await rows.put('a', value, start)
    }
    expect((await read(rows.fetch('a', 0, 30))).map(({ value }) => value)).toEqual(['one', 'one-2', 'two', 'two-2'])
  })

  it('W33 of duplicates get finds the first, and delete takes all', async () => {
    const rows = storeOf({ keyCodec: string(), valueCodec: u32(), retainDuplicates: true, retention: 10 })
    for (const value of [1, 2, 3]) await rows.put('a', value, 0)
    await rows.put('b', 4, 0)
    expect(await rows.get('a', 0)).toBe(1)
    await rows.delete('a', 0)
    expect(await rows.get('a', 0)).toBeUndefined()
    expect(await keysOf(rows.all())).toEqual(['b'])
    await rows.put('a', 5, 0)
    expect(await rows.get('a', 0)).toBe(5)
    expect(await rows.expire(100)).toBe(2)
    for (const call of [() => rows.add('a', 0, 1), () => rows.update('a', 0, () => 1)]) {
      await refuses(call, 'retainDuplicates')
    }
  })
}
