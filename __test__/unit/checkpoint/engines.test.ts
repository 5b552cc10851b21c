import { describe, expect, it, onTestFinished } from 'vitest'
import { dictionary, json, lmdb, memory, type StateStoreProvider, string, struct, u32 } from '../../../src/index.js'
import { StorageInMemory } from '../../../src/testing/storage-in-memory.js'
import { temporaryDirectory } from '../../engines.js'

/** What a checkpoint of one engine is in another: the same. */

let now = 0
const clock = () => now

const opens = {
  sorted: () => memory({ engine: 'sorted', commits: 'manual', clock }),
  hash: () => memory({ engine: 'hash', commits: 'manual', clock }),
  portable: () => memory({ engine: 'portable', commits: 'manual', clock }),
  lmdb: () => lmdb({ stateDir: temporaryDirectory(), commits: 'manual', clock }),
}
type EngineName = keyof typeof opens
const names = Object.keys(opens) as EngineName[]
const pairs = names.flatMap(from => names.map(to => [from, to] as const))

function opened(engine: EngineName): StateStoreProvider {
  const one = opens[engine]()
  onTestFinished(() => one.close())
  return one
}

const windows = { keyCodec: string(), valueCodec: u32(), windowSize: 10, retention: 200 }

const storesOf = (provider: StateStoreProvider) => ({
  rows: provider.createKeyValueStore('rows', { keyCodec: string(), valueCodec: json<unknown>() }),
  counts: provider.createKeyValueStore('counts', { keyCodec: u32(), valueCodec: struct({ n: u32(), name: string() }) }),
  windows: provider.createWindowStore('windows', windows),
  values: provider.createWindowStore('values', { ...windows, retainDuplicates: true }),
  sessions: provider.createSessionStore('sessions', { keyCodec: string(), valueCodec: u32(), retention: 1000 }),
  seen: provider.createKeyValueStore('seen', { keyCodec: string(), valueCodec: u32(), ttl: 60_000 }),
  countries: provider.createKeyValueStore('countries', {
    keyCodec: dictionary(),
    valueCodec: struct({ name: dictionary(), n: u32() }),
  }),
  empty: provider.createWindowStore('empty', windows),
})
type Stores = ReturnType<typeof storesOf>

/** Changes a little of everything, in the way of the link of this number. */
async function write(stores: Stores, link: number): Promise<void> {
  const { rows, counts, windows, values, sessions, seen, countries } = stores
  for (let i = 0; i < 900; i += link === 0 ? 1 : 97) {
    rows.putSync(`key\0 ${i}`, { link, text: 'ü'.repeat(i % 40) })
    counts.putSync(i, { n: i + link, name: `${link}` })
    windows.putSync(`key ${i % 7}`, i, 10 * (i % 60) - 50)
    values.putSync(`key ${i % 5}`, i + link, 10 * (i % 9))
    sessions.mergeSync(`key ${i % 11}`, 30 * i, 20, ([before]) => (before?.value ?? 0) + 1)
    seen.putSync(`key ${i}`, i, { ttl: i % 3 === 0 ? 500 : 60_000 })
    countries.putSync(`country ${i % 50} ${link}`, { name: `name ${i % 20}`, n: i })
  }
  for (let i = 3; i < 900; i += 150) {
    rows.deleteSync(`key\0 ${i + link}`)
    counts.deleteSync(i + link)
    sessions.removeSync(`key ${i % 11}`, 30 * i, 30 * i)
    seen.deleteSync(`key ${i}`)
  }
  rows.putSync('large', 'x'.repeat(100_000 + link))
  rows.putSync('', link)
  // The row that set the stream time goes, which the rest do not say.
  windows.putSync('latest', link, 5000 + 100 * link)
  windows.deleteSync('latest', 5000 + 100 * link)
  await windows.expire(link * 100)
  now += 300
}

/** All rows, what is known of them together, and when they expire. */
function contentsOf(stores: Stores) {
  const { windows, values, sessions } = stores
  const rows = Object.entries(stores).map(([name, store]) => [name, [...store.all()], store.countSync()])
  return { rows, times: [windows.streamTime, values.streamTime, sessions.streamTime, stores.empty.streamTime] }
}

/** Does what operators do, and returns what came of it. */
async function goOn(stores: Stores) {
  const { rows, counts, windows, values, sessions, seen, countries } = stores
  counts.updateFieldsSync(5, { n: { add: 7 } })
  countries.putSync('country 7 0', { name: 'another name', n: 1 })
  const fetched = [
    [...windows.fetch('key 3', 0, 300)],
    [...values.fetch('key 2', 0, 50)],
    [...sessions.findSessions('key 4', 0, 30_000)],
    [...rows.range('key\0 1', 'key\0 3')],
    [...countries.all()],
  ]
  values.putSync('key 2', 9, 20)
  const merged = sessions.mergeSync('key 4', 135, 60, before => before.length)
  const expired = [await windows.expire(320), (await sessions.expire(9000)).length]
  now += 250
  return { fetched, merged, expired, seen: seen.countSync(), contents: contentsOf(stores) }
}

describe.each(pairs)('a chain of checkpoints of %s, restored into %s', (from, to) => {
  it('is row for row what there was, and goes on as that does', async () => {
    now = 1_000_000
    const storage = new StorageInMemory()
    const source = opened(from)
    const stores = storesOf(source)
    for (let link = 0; link < 3; link++) {
      await write(stores, link)
      await source.commit({ offsets: { orders: 40n + BigInt(link), payments: 2n ** 40n } })
      await source.checkpoint(storage, { incremental: true })
    }
    const sizes = [...storage.things].filter(([name]) => name.endsWith('.data')).map(([, bytes]) => bytes.length)
    expect(Math.max(sizes[1]!, sizes[2]!)).toBeLessThan(sizes[0]! * 0.9)

    const target = opened(to)
    const restored = storesOf(target)
    restored.rows.putSync('gone', 1)
    restored.windows.putSync('gone', 1, 9000)
    restored.seen.putSync('gone', 1)
    restored.countries.putSync('gone', { name: 'gone', n: 0 })
    await target.commit()
    await target.restoreCheckpoint(storage)
    expect(target.offsets()).toEqual(source.offsets())
    expect(contentsOf(restored)).toEqual(contentsOf(stores))

    const then = now
    const expected = await goOn(stores)
    now = then
    expect(await goOn(restored)).toEqual(expected)
  })
})
