import { string, u32 } from '../../index.js'
import { count, type SessionBench } from './bench.js'

/** What is refused: arguments, options, and what is closed. */
export const refusals = ({ it, each, expect, refuses, closes, provider, through, counts }: SessionBench): void => {
  each(
    [null, undefined],
    missing => `S38 a key that is ${missing} is refused by every method`,
    async missing => {
      const rows = counts()
      const key = missing as unknown as string
      for (const call of [
        () => rows.put(key, 1, 0, 1),
        () => rows.get(key, 0, 1),
        () => rows.merge(key, 0, 1, count),
        () => rows.remove(key),
        () => rows.remove(key, 0, 1),
        async () => rows.findSessions(key, 0, 1),
      ]) {
        await refuses(call, 'key')
      }
      expect(await rows.count()).toBe(0)
    },
  )

  each(
    [Number.NaN, 0.5, Infinity, '7', null],
    time => `S38 ${time} is no time of a session`,
    async time => {
      const rows = counts({ retention: 1 })
      const moment = time as number
      for (const call of [
        () => rows.put('a', 1, moment, 1),
        () => rows.put('a', 1, 0, moment),
        () => rows.get('a', moment, 1),
        () => rows.merge('a', moment, 1, count),
        () => rows.merge('a', 0, moment, count),
        () => rows.remove('a', moment, 1),
        () => rows.expire(moment),
      ]) {
        await refuses(call)
      }
      await refuses(async () => rows.findSessions('a', Number.NaN, 1), 'from')
      expect(await rows.count()).toBe(0)
    },
  )

  it('S38 a gap of 0, and a retention or a gap that is negative, are refused', async () => {
    const rows = counts()
    for (const gap of [0, -1]) await refuses(() => rows.merge('a', 0, gap, count), 'gap')
    const one = provider()
    const open = (options: object) => () =>
      one.createSessionStore('s', { keyCodec: string(), valueCodec: u32(), ...options })
    for (const retention of [-1, Number.NaN, 0.5, Infinity]) await refuses(open({ retention }), 'retention')
    await refuses(open({ enforceRetention: true }), 'enforceRetention')
    await refuses(open({ windowSize: 1 }), 'windowSize')
  })

  for (const what of ['store', 'provider'] as const) {
    it(`S39 after the ${what} was closed every call is refused, and a loop's next step too`, async () => {
      const one = provider()
      const options = { keyCodec: string(), valueCodec: u32(), retention: 1 }
      const rows = through(one.createSessionStore('s', options))
      await rows.put('a', 1, 0, 1)
      await rows.put('a', 1, 2, 3)
      const scan = rows.all()[Symbol.iterator]()
      scan.next()
      const closing = what === 'store' ? rows : one
      await closing.close()
      for (const call of [
        () => rows.put('a', 1, 0, 1),
        () => rows.get('a', 0, 1),
        () => rows.merge('a', 0, 1, count),
        () => rows.remove('a'),
        () => rows.remove('a', 0, 1),
        () => rows.expire(0),
        () => rows.count(),
        () => rows.approximateNumEntries(),
        () => rows.clear(),
        () => rows.init(),
        () => rows.flush(),
        async () => rows.streamTime,
        async () => rows.findSessions('a', 0, 1),
        async () => rows.findSessionsRange('a', 'b', 0, 1),
        async () => rows.all(),
        async () => rows.snapshot(),
        async () => scan.next(),
      ]) {
        await closes(call)
      }
      await closing.close()
    })
  }
}
