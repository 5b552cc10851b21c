import { type Codec, string, u32 } from '../index.js'
import { fill, type Theme } from './bench.js'

/** Text, with a count of the calls. */
function counted() {
  const calls = { encode: 0, decode: 0 }
  const codec: Codec<string> = {
    encode(text) {
      calls.encode++
      return Buffer.from(text)
    },
    decode(bytes) {
      calls.decode++
      return bytes.toString()
    },
  }
  return { codec, calls }
}

export const counting: Theme = ({ it, expect, store, storeOf, read }) => {
  it('K33 approximateNumEntries and count follow puts, overwrites and deletes', async () => {
    const rows = store()
    expect(await rows.approximateNumEntries()).toBe(0)
    await fill(rows, [0, 1, 2, 3, 4])
    await rows.flush()
    expect(await rows.approximateNumEntries()).toBe(5)
    await rows.put(1, 'again')
    await rows.delete(2)
    expect(await rows.count()).toBe(4)
    await rows.flush()
    expect(await rows.count()).toBe(4)
  })

  it('K33 count takes bounds, both inclusive, open where undefined', async () => {
    const rows = store()
    await fill(rows, Array(500).keys())
    expect(await rows.count(10, 19)).toBe(10)
    expect(await rows.count(490)).toBe(10)
    expect(await rows.count(undefined, 9)).toBe(10)
    expect(await rows.count(7, 7)).toBe(1)
    expect(await rows.count(500, 900)).toBe(0)
  })

  it('K38 a delete never encodes a value, nor does a read; a missing key is never decoded', async () => {
    const { codec, calls } = counted()
    const rows = storeOf(u32(), codec)
    await fill(rows, [1, 2, 3])
    await rows.delete(1)
    await rows.delete(9)
    expect(calls).toEqual({ encode: 3, decode: 0 })
    await rows.get(9)
    await rows.has(2)
    await rows.getMany([8, 9])
    await rows.count()
    expect(await read(rows.keys())).toEqual([2, 3])
    expect(calls).toEqual({ encode: 3, decode: 0 })
    await rows.get(2)
    await read(rows.values())
    expect(calls).toEqual({ encode: 3, decode: 3 })
  })

  it('K38 values are read without decoding keys', async () => {
    const { codec, calls } = counted()
    const rows = storeOf(codec as any, string())
    await fill(rows, ['a', 'b'])
    expect(await read(rows.values())).toEqual(['a', 'b'])
    expect(calls.decode).toBe(0)
  })

  it('clear removes every row, and the store takes new ones', async () => {
    const rows = store()
    await fill(rows, Array(1000).keys())
    await rows.clear()
    expect(await rows.count()).toBe(0)
    expect(await read(rows.all())).toEqual([])
    await rows.put(1, 'new')
    expect(await read(rows.all())).toEqual([{ key: 1, value: 'new' }])
  })
}
