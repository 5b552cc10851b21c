import { string, u32 } from '../../index.js'
import { MAX, SIZE, type WindowBench } from './bench.js'

/** Iterations and snapshots, which show windows as they were. */
export const views = ({
  it,
  each,
  expect,
  provider,
  through,
  read,
  store,
  startsOf,
  keysOf,
  namesOf,
}: WindowBench): void => {
  each(
    [2, 300],
    size => `W28 an open iteration over ${size} windows keeps what expiry removes`,
    async size => {
      const rows = store({ retention: 10 })
      for (let i = 0; i < size; i++) await rows.put('a', 'x', i * 10)
      const seen = []
      for (const { windowStart } of rows.fetch('a', 0, Infinity)) {
        if (seen.length === 0) expect(await rows.expire(MAX)).toBe(size)
        seen.push(windowStart)
      }
      expect(seen).toHaveLength(size)
      expect(await read(rows.fetch('a', 0, Infinity))).toEqual([])
    },
  )

  each(
    [2, 1500],
    size => `W29 puts during an iteration over ${size} windows do not show in it`,
    async size => {
      const rows = store()
      for (let i = 0; i < size; i++) await rows.put(`${i % 7}`, 'x', i * 30)
      let seen = 0
      for (const { value } of rows.all()) {
        if (seen++ === 0) await rows.put('three', 'late', size * 30)
        if (seen === 1) await rows.put(`${(size - 1) % 7}`, 'changed', (size - 1) * 30)
        expect(value).toBe('x')
      }
      expect(seen).toBe(size)
      expect((await read(rows.all())).slice(-2).map(({ value }) => value)).toEqual(['changed', 'late'])
    },
  )

  it('W30 leaving a loop early loses nothing', async () => {
    const one = provider()
    const rows = through(one.createWindowStore('w', { keyCodec: u32(), valueCodec: u32(), windowSize: SIZE }))
    for (let i = 0; i < 700; i++) await rows.put(i, i, i)
    for (const { key } of rows.all()) if (key === 300) break
    for await (const { windowStart } of rows.fetch(5, 0, 9)) if (windowStart === 5) break
    expect(one.stats().openIterators).toBe(0)
    expect(await keysOf(rows.all())).toHaveLength(700)
  })

  it('snapshots show windows as they were', async () => {
    const one = provider()
    const options = { keyCodec: string(), valueCodec: u32(), windowSize: SIZE, retention: 10 }
    const rows = one.createWindowStore('w', options)
    rows.putSync('a', 1, 0)
    rows.putSync('b', 2, 5)
    using view = rows.snapshot()
    using all = one.snapshot()
    rows.putSync('a', 9, 0)
    rows.putSync('c', 3, 50)
    rows.expireSync(1000)
    for (const seen of [view, all.createWindowStore('w', options)]) {
      expect(await namesOf(seen.all())).toEqual(['a@0', 'b@5'])
      expect(seen.getSync('a', 0)).toBe(1)
      expect(await startsOf(seen.fetch('b', 0, 9))).toEqual([5])
      expect(seen.streamTime).toBe(5)
      expect(seen.countSync()).toBe(2)
    }
    expect(view.entries).toBe(2)
    await rows.restore(view)
    expect(await namesOf(rows.all())).toEqual(['a@0', 'b@5'])
    expect(rows.streamTime).toBe(5)
  })
}
