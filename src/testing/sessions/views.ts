import { string, u32 } from '../../index.js'
import { count, MAX, type SessionBench } from './bench.js'

/** Iterations and snapshots, which show sessions as they were. */
export const views = ({ it, each, expect, provider, store, timesOf, namesOf }: SessionBench): void => {
  each(
    [2, 400],
    size => `S36 an open iteration over ${size} sessions keeps what expiry removes`,
    async size => {
      const rows = store({ retention: 10 })
      for (let i = 0; i < size; i++) await rows.put('a', 'x', i * 10, i * 10 + 5)
      let seen = 0
      for (const { sessionStart } of rows.findSessions('a', 0, Infinity)) {
        if (seen === 0) {
          expect(await rows.expire(MAX)).toHaveLength(size)
          await rows.put('a', 'late', 3, size * 10)
        }
        expect(sessionStart).toBe(10 * seen++)
      }
      expect(seen).toBe(size)
      expect(await timesOf(rows.findSessions('a', 0, Infinity))).toEqual([[3, size * 10]])
    },
  )

  it('snapshots show sessions as they were, and restore brings them back', async () => {
    const one = provider()
    const options = { keyCodec: string(), valueCodec: u32(), retention: 1 }
    const rows = one.createSessionStore('s', options)
    rows.mergeSync('a', 0, 10, count)
    rows.mergeSync('b', 5, 10, count)
    using view = rows.snapshot()
    using all = one.snapshot()
    rows.mergeSync('a', 5, 10, count)
    rows.expireSync(1000)
    expect(rows.countSync()).toBe(0)
    for (const seen of [view, all.createSessionStore('s', options)]) {
      expect(await namesOf(seen.all())).toEqual(['a[0,0]', 'b[5,5]'])
      expect(await timesOf(seen.findSessions('b', 0, 9))).toEqual([[5, 5]])
      expect(seen.getSync('a', 0, 0)).toBe(1)
      expect(seen.streamTime).toBe(5)
    }
    await rows.restore(view)
    expect(await namesOf(rows.all())).toEqual(['a[0,0]', 'b[5,5]'])
    expect(rows.mergeSync('a', 3, 10, count)).toEqual({ sessionStart: 0, sessionEnd: 3, value: 2 })
  })
}
