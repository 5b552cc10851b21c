import { type Codec, string } from '../index.js'
import type { Theme } from './bench.js'

/** Text, as an earlier version of the program wrote it. */
const first: Codec<string> = { ...string(), id: 'label', version: 1 }

/** What the program writes now: objects, of which the earlier text is a part. */
interface Label {
  text: string
  from: number
}

/** The codec of now, with a count of what it writes. */
function second() {
  const calls = { encode: 0 }
  const codec: Codec<Label> = {
    id: 'label',
    version: 2,
    encode(label) {
      calls.encode++
      return Buffer.from(JSON.stringify(label))
    },
    decode: bytes => JSON.parse(bytes.toString()),
    migrate: (bytes, from) => ({ text: bytes.toString(), from }),
  }
  return { codec, calls }
}

/** Reads of each value which version wrote it. Without an id it is compared with none. */
const versions: Codec<number> = {
  version: 2,
  encode: () => new Uint8Array(0),
  decode: () => 2,
  migrate: (_, from) => from,
}

const OLD = ['1', '2', '3', '4', '5', '6', '7']
const old = (text: string): Label => ({ text, from: 1 })
const fresh = (text: string): Label => ({ text, from: 2 })
const keyCodec = string()

export const versionsOfValues: Theme = ({ it, expect, provider, place, through, read, keysOf }) => {
  const ways = [
    {
      name: 'opened again',
      filled: async (fill: (one: ReturnType<typeof provider>) => Promise<void>) => {
        const one = provider()
        await fill(one)
        return one
      },
    },
    {
      name: 'reopened',
      filled: async (fill: (one: ReturnType<typeof provider>) => Promise<void>) => {
        const open = place!()
        const one = open()
        await fill(one)
        await one.close()
        return open()
      },
    },
  ].slice(0, place ? 2 : 1)

  for (const { name, filled } of ways) {
    /** A store of seven old rows, as the program opens it now. */
    const opened = async () => {
      const one = await filled(async earlier => {
        const rows = through(earlier.createKeyValueStore('labels', { keyCodec, valueCodec: first }))
        for (const key of OLD) await rows.put(key, key)
      })
      const { codec, calls } = second()
      const rows = through(one.createKeyValueStore('labels', { keyCodec, valueCodec: codec }))
      const written = through(one.createKeyValueStore('labels', { keyCodec, valueCodec: versions }))
      return { rows, calls, written }
    }

    it(`K40 rows of version 1, ${name} with version 2, are migrated by every read, among new ones`, async () => {
      const { rows } = await opened()
      expect(await rows.get('3')).toEqual(old('3'))
      expect(await rows.has('3')).toBe(true)
      expect(await rows.getMany(['7', '8', '1'])).toEqual([old('7'), undefined, old('1')])
      expect(await rows.putIfAbsent('2', fresh('2'))).toEqual(old('2'))
      for (const key of ['0', '35', '8']) expect(await rows.putIfAbsent(key, fresh(key))).toBeUndefined()
      const labels = ['0', '1', '2', '3', '35', '4', '5', '6', '7', '8'].map(key => ({
        key,
        value: OLD.includes(key) ? old(key) : fresh(key),
      }))
      expect(await rows.getMany(labels.map(({ key }) => key))).toEqual(labels.map(({ value }) => value))
      for (const reverse of [false, true]) {
        const mirrored = <T>(all: T[]) => (reverse ? all.toReversed() : all)
        expect(await read(rows.all({ reverse }))).toEqual(mirrored(labels))
        expect(await read(rows.range('2', '5', { reverse }))).toEqual(mirrored(labels.slice(2, 7)))
        expect(await read(rows.prefix('3', { reverse }))).toEqual(mirrored(labels.slice(3, 5)))
        expect(await read(rows.values({ reverse }))).toEqual(mirrored(labels.map(({ value }) => value)))
      }
      expect(rows.all().first()).toEqual(labels[0])
      using view = rows.snapshot()
      expect([await view.get('4'), await view.get('35')]).toEqual([old('4'), fresh('35')])
      expect(await rows.count()).toBe(10)
    })

    it(`K40 put and delete of a row of version 1, ${name} with version 2, leave no second copy`, async () => {
      const { rows, written } = await opened()
      await rows.put('1', fresh('one'))
      await rows.delete('2')
      await rows.batch([
        { type: 'put', key: '3', value: fresh('three') },
        { type: 'delete', key: '4' },
      ])
      expect(await rows.update('5', label => fresh(`${label!.text} was of ${label!.from}`))).toEqual(
        fresh('5 was of 1'),
      )
      const left = { 1: fresh('one'), 3: fresh('three'), 5: fresh('5 was of 1'), 6: old('6'), 7: old('7') }
      expect(await read(rows.all())).toEqual(Object.entries(left).map(([key, value]) => ({ key, value })))
      expect(await rows.count()).toBe(5)
      expect(await read(written.values())).toEqual([2, 2, 2, 1, 1])
      for (const key of OLD) await rows.delete(key)
      expect(await keysOf(rows.all())).toEqual([])
      expect(await rows.count()).toBe(0)
    })

    it(`K40 reading rows of version 1, ${name} with version 2, rewrites nothing`, async () => {
      const { rows, calls, written } = await opened()
      const sizeOf = () => {
        using view = rows.snapshot()
        return view.sizeBytes
      }
      const before = sizeOf()
      for await (const { key, value } of rows.all()) expect(value).toEqual(old(key))
      await read(rows.all({ reverse: true }))
      await rows.getMany(OLD)
      await rows.putIfAbsent('1', fresh('1'))
      // That of putIfAbsent, which encodes what it may have to write.
      expect(calls.encode).toBe(1)
      expect(await read(written.values())).toEqual(Array(7).fill(1))
      expect(sizeOf()).toBe(before)
      expect(await rows.count()).toBe(7)
    })

    it(`K40 windows and sessions of version 1, ${name} with version 2, are migrated too`, async () => {
      const one = await filled(async earlier => {
        const options = { keyCodec, valueCodec: first }
        const windows = through(earlier.createWindowStore('windows', { ...options, windowSize: 10 }))
        const sessions = through(earlier.createSessionStore('sessions', options))
        for (const start of [0, 10, 20]) {
          await windows.put('a', `${start}`, start)
          await sessions.put('a', `${start}`, start, start + 5)
        }
      })
      const options = { keyCodec, valueCodec: second().codec }
      const windows = through(one.createWindowStore('windows', { ...options, windowSize: 10 }))
      const sessions = through(one.createSessionStore('sessions', options))
      await windows.put('a', fresh('10'), 10)
      const merged = await sessions.merge('a', 7, 4, found => fresh(found.map(({ value }) => value.text).join()))
      expect(merged).toEqual({ sessionStart: 0, sessionEnd: 15, value: fresh('0,10') })
      expect([await windows.get('a', 0), await sessions.get('a', 20, 25)]).toEqual([old('0'), old('20')])
      const windowed = [old('0'), fresh('10'), old('20')]
      for (const rows of [windows.all(), windows.fetch('a', 0, 20), windows.fetchRange('a', 'a', 0, 20)]) {
        expect((await read<{ value: Label }>(rows)).map(({ value }) => value)).toEqual(windowed)
      }
      expect((await read(sessions.all())).map(({ value }) => value)).toEqual([fresh('0,10'), old('20')])
      expect([await windows.count(), await sessions.count()]).toEqual([3, 2])
    })
  }
}
