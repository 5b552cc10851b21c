import { string, u32 } from '../../index.js'
import { SIZE, type WindowBench } from './bench.js'

/** What is refused: arguments, options, and what is closed or something else. */
export const refusals = ({
  it,
  each,
  expect,
  refuses,
  closes,
  provider,
  through,
  storeOf,
  numbered,
}: WindowBench): void => {
  each(
    [null, undefined],
    missing => `W36 a key that is ${missing} is refused by every method`,
    async missing => {
      const rows = numbered()
      await rows.put(1, 1, 0)
      const key = missing as unknown as number
      for (const call of [
        () => rows.put(key, 1, 0),
        () => rows.get(key, 0),
        () => rows.delete(key, 0),
        () => rows.update(key, 0, () => 1),
        () => rows.add(key, 0, 1),
        async () => rows.fetch(key, 0, 1),
      ]) {
        await refuses(call, 'key')
      }
      if (missing === null) await refuses(async () => rows.fetchRange(key, key, 0, 1), 'keyFrom')
      expect(await rows.count()).toBe(1)
    },
  )

  each(
    [Number.NaN, 0.5, Infinity, '7', 2 ** 60, null],
    time => `W36 ${time} is no time of a window`,
    async time => {
      const rows = storeOf({ keyCodec: u32(), valueCodec: u32(), retention: 10 })
      const start = time as number
      for (const call of [
        () => rows.put(1, 1, start),
        () => rows.get(1, start),
        () => rows.delete(1, start),
        () => rows.update(1, start, () => 1),
        () => rows.add(1, start, 1),
        () => rows.put(1, 1, 0, start),
        () => rows.expire(start),
      ]) {
        await refuses(call)
      }
      expect(await rows.count()).toBe(0)
    },
  )

  each(
    [Number.NaN, 0.5, '7', undefined],
    time => `W36 ${time} is no bound of a fetch`,
    async time => {
      const rows = numbered()
      const bound = time as number
      for (const call of [
        async () => rows.fetch(1, bound, 1),
        async () => rows.fetch(1, 1, bound),
        async () => rows.fetchAll(bound, 1),
        async () => rows.fetchRange(1, 2, 1, bound),
      ]) {
        await refuses(call)
      }
    },
  )

  for (const what of ['store', 'provider'] as const) {
    it(`W37 after the ${what} was closed every call is refused, and a loop's next step too`, async () => {
      const one = provider()
      const rows = through(
        one.createWindowStore('w', { keyCodec: u32(), valueCodec: u32(), windowSize: 1, retention: 1 }),
      )
      for (let i = 0; i < 300; i++) await rows.put(1, i, i)
      const scan = rows.fetch(1, 0, 300)[Symbol.iterator]()
      scan.next()
      const closing = what === 'store' ? rows : one
      await closing.close()
      for (const call of [
        () => rows.put(1, 1, 0),
        () => rows.get(1, 0),
        () => rows.delete(1, 0),
        () => rows.update(1, 0, () => 1),
        () => rows.add(1, 0, 1),
        () => rows.expire(0),
        () => rows.count(),
        () => rows.approximateNumEntries(),
        () => rows.clear(),
        () => rows.init(),
        () => rows.flush(),
        async () => rows.streamTime,
        async () => rows.fetch(1, 0, 1),
        async () => rows.fetchAll(0, 1),
        async () => rows.fetchRange(1, 1, 0, 1),
        async () => rows.all(),
        async () => rows.snapshot(),
        async () => scan.next(),
      ]) {
        await closes(call)
      }
      await closing.close()
    })
  }

  it('W38 options: sizes and retentions that are none are refused by name', async () => {
    const one = provider()
    const open = (options: object) => () =>
      one.createWindowStore('w', { keyCodec: u32(), valueCodec: u32(), windowSize: 10, ...options })
    for (const windowSize of [0, -1, 0.5, Number.NaN, Infinity, '10', undefined]) {
      await refuses(open({ windowSize }), 'windowSize')
    }
    for (const retention of [-1, 9, 0.5, Number.NaN, '10']) await refuses(open({ retention }), 'retention')
    await refuses(open({ retainDuplicates: 1 }), 'retainDuplicates')
    await refuses(open({ grace: 1 }), 'grace')
    expect(open({ retention: 10 })().name).toBe('w')
  })

  /** Expects a store to be refused because it is something else. */
  const mismatches = async (open: () => unknown) => {
    const refused = await (async () => open())().catch(error => error)
    expect(refused).toMatchObject({ code: 'ERR_MILLPOND_STORE_MISMATCH', store: 'a' })
  }

  it('a store is isolated from others, and opened again is the same', async () => {
    const one = provider()
    const options = { keyCodec: string(), valueCodec: u32(), windowSize: SIZE }
    const [a, b] = [one.createWindowStore('a', options), one.createWindowStore('b', options)]
    a.putSync('k', 1, 0)
    expect(b.getSync('k', 0)).toBeUndefined()
    expect(one.createWindowStore('a', options).getSync('k', 0)).toBe(1)
    for (const other of [
      () => one.createWindowStore('a', { ...options, windowSize: 11 }),
      () => one.createWindowStore('a', { ...options, retainDuplicates: true }),
      () => one.createWindowStore('a', { ...options, keyCodec: u32() as any }),
      () => one.createSessionStore('a', { keyCodec: string(), valueCodec: u32() }),
      () => one.createKeyValueStore('a', { keyCodec: string(), valueCodec: u32() }),
    ]) {
      await mismatches(other)
    }
    expect(one.stats().entries).toBe(1)
  })
}
