import type { BatchOperation } from '../index.js'
import { fill, type Theme } from './bench.js'

const put = (key: number, value: string): BatchOperation<number, string> => ({ type: 'put', key, value })
const remove = (key: number): BatchOperation<number, string> => ({ type: 'delete', key })

export const batches: Theme = ({ it, each, expect, refuses, store, read }) => {
  it('K17 a batch puts its rows, over those already there', async () => {
    const rows = store()
    await rows.put(2, 'old')
    await rows.batch([put(2, 'b'), put(1, 'a')])
    expect(await read(rows.all())).toEqual([
      { key: 1, value: 'a' },
      { key: 2, value: 'b' },
    ])
  })

  it('K17 of two puts of one key the later wins', async () => {
    const rows = store()
    await rows.batch([put(1, 'a'), put(1, 'b')])
    expect(await read(rows.all())).toEqual([{ key: 1, value: 'b' }])
  })

  it('K18 a batch applies in its order', async () => {
    const rows = store()
    await rows.batch([put(1, 'a'), put(2, 'b'), remove(1), put(3, 'c'), put(1, 'again')])
    expect(await read(rows.all())).toEqual([
      { key: 1, value: 'again' },
      { key: 2, value: 'b' },
      { key: 3, value: 'c' },
    ])
  })

  each(
    [
      ['a null key', put(null as any, 'x')],
      ['a key of another type', put('one' as any, 'x')],
      ['a value of another type', put(1, 7 as any)],
      ['a null key to delete', remove(null as any)],
      ['no type', { key: 1, value: 'x' } as any],
      ['another type', { type: 'upsert', key: 1, value: 'x' } as any],
      ['null', null as any],
      ['undefined', undefined as any],
      ['a string', 'put' as any],
    ] as [string, any][],
    ([what]) => `K19 a batch with ${what} in the middle is refused and changes nothing`,
    async ([_, bad]) => {
      const rows = store()
      await fill(rows, [1, 2])
      await refuses(() => rows.batch([put(1, 'x'), remove(2), bad, put(3, 'c')]))
      expect(await read(rows.all())).toEqual([
        { key: 1, value: '1' },
        { key: 2, value: '2' },
      ])
    },
  )

  it('an empty batch changes nothing, and an iterable that throws does not either', async () => {
    const rows = store()
    await fill(rows, [1])
    await rows.batch([])
    const failing = function* () {
      yield put(2, 'b')
      throw new Error('the source failed')
    }
    await expect(rows.batch(failing())).rejects.toThrow('the source failed')
    await refuses(() => rows.batch(null as any), 'iterable')
    expect(await rows.count()).toBe(1)
  })

  it('a batch of thousands applies whole, and is refused whole', async () => {
    const rows = store()
    const many = Array.from({ length: 5000 }, (_, key) => put(key, `${key}`))
    await expect(rows.batch([...many, put(-1, 'bad')])).rejects.toThrow()
    expect(await rows.count()).toBe(0)
    await rows.batch(many)
    expect(await rows.count()).toBe(5000)
    expect(await rows.get(4321)).toBe('4321')
  })
}
