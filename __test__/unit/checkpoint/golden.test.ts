import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { root } from '../../../scripts/platform.mjs'
import { encodeManifest, type Manifest } from '../../../src/checkpoint/manifest.js'
import { bytes, dictionary, lmdb, memory, type StateStoreProvider, string, u32 } from '../../../src/index.js'
import { type Change, changeValue, entriesOfChain } from '../../../src/portable/packed-increment.js'
import { Packed, readPacked } from '../../../src/portable/packed-reader.js'
import { inMemory } from '../../../src/portable/packed-source.js'
import { type Growth, PackedWriter } from '../../../src/portable/packed-writer.js'
import { temporaryDirectory } from '../../engines.js'

// Files of version 1, read for ever and never written anew: crates/millpond/tests/golden.rs, which has the same in Rust, says more.

const directory = join(root, 'crates/millpond/tests/golden/v1')
const golden = (name: string) => readFileSync(join(directory, name))

const numberKey = (number: number) =>
  Buffer.from([0, number >> 16, (number >> 8) & 255, number & 255]).toString('latin1')
const id = (byte: number) => Buffer.alloc(16, byte)

const description = {
  timestamp: -5,
  name: 'counts ü',
  definition: Buffer.from('definition'),
  metadata: Buffer.from('offsets'),
}

const rows = new Map<string, Buffer>([
  ['', Buffer.from('of the empty key')],
  ...Array.from({ length: 400 }, (_, i) => [numberKey(i), Buffer.alloc(i % 50, i)] as const),
  ['\xff\x00\x80', Buffer.alloc(20_000, 7)],
  ['\xff\xff', Buffer.alloc(0)],
])

/** The increment as its entries are: one deletes a stretch of keys. */
const changes: readonly (Change | { key: string; through: string })[] = [
  { key: '', value: Buffer.from('another') },
  { key: numberKey(3), value: undefined },
  { key: numberKey(10), through: numberKey(300) },
  { key: numberKey(20), value: Buffer.from('put after all') },
  { key: numberKey(300), value: Buffer.alloc(0) },
  { key: numberKey(70_000), value: Buffer.alloc(17_000, 9) },
  { key: '\xff\xff', value: undefined },
]

/** What the rows are with the increment. */
const changedRows = new Map(
  [
    ...rows,
    ...changes.flatMap(one => ('value' in one && one.value ? [[one.key, Buffer.from(one.value)] as const] : [])),
  ]
    .filter(([key, value]) => {
      const isGone = key === numberKey(3) || key === '\xff\xff'
      const isInside = key >= numberKey(10) && key <= numberKey(300)
      const isPutAfterAll = value.equals(Buffer.from('put after all')) || (key === numberKey(300) && value.length === 0)
      return !isGone && (!isInside || isPutAfterAll)
    })
    .sort(([a], [b]) => (a < b ? -1 : 1)),
)

const entriesOf = (model: ReadonlyMap<string, Buffer>) => Array.from(model, ([key, value]) => ({ key, value }))

const growthOf = (model: ReadonlyMap<string, Buffer>) => ({
  length: model.size,
  sizeBytes: entriesOf(model).reduce((sum, { key, value }) => sum + key.length + value.length, 0),
})

function packed(number: number, growth: Growth | undefined, entries: Iterable<readonly [string, Uint8Array]>): Buffer {
  const written: Buffer[] = []
  const writer = new PackedWriter({ id: id(number), ...description }, growth, chunk => void written.push(chunk))
  for (const [key, value] of entries) writer.push(key, value)
  writer.finish()
  return Buffer.concat(written)
}

const storedChange = (one: (typeof changes)[number]) =>
  [one.key, 'through' in one ? Buffer.from(`\x02${one.through}`, 'latin1') : changeValue(one)] as const

describe('the golden files of version 1, in TypeScript', () => {
  it('the snapshot is read, and is what is written', () => {
    const { info, entries } = readPacked(golden('snapshot'))
    expect(info).toEqual({ id: id(7), base: undefined, ...description, ...growthOf(rows) })
    expect(entries).toEqual(entriesOf(rows))
    expect(packed(7, undefined, rows).equals(golden('snapshot'))).toBe(true)
  })

  it('the increment is read over the snapshot, and is what is written', () => {
    const increment = new Packed(inMemory(golden('increment')))
    const growth = { base: id(7), ...growthOf(changedRows) }
    expect(increment.info).toEqual({ id: id(8), ...description, ...growth })
    expect([...increment.entries()].map(({ key, value }) => [key, value])).toEqual(changes.map(storedChange))
    const chain = entriesOfChain(new Packed(inMemory(golden('snapshot'))), [increment])
    expect([...chain]).toEqual(entriesOf(changedRows))
    expect(packed(8, growth, changes.map(storedChange)).equals(golden('increment'))).toBe(true)
  })

  it('the manifests are what is written', () => {
    const first = { name: '0000000001-01010101.data', bytes: 38_303 }
    const second = { name: '0000000002-02020202.data', bytes: 19_842 }
    const manifest = (number: number, links: Manifest['links']): Manifest => ({
      id: id(number).toString('hex'),
      timestamp: 1000 * number,
      links,
      offsets: new Map([
        ['orders', 41n + BigInt(number)],
        ['payments', 2n ** 40n],
      ]),
    })
    const manifests = {
      '0000000001-01010101': manifest(1, [first]),
      '0000000002-02020202': manifest(2, [first, second]),
    }
    for (const [name, content] of Object.entries(manifests)) {
      expect(encodeManifest(content)).toEqual(golden(`checkpoints/${name}.manifest`))
    }
  })
})

let now = 0
const clock = () => now
const opens: Record<string, () => StateStoreProvider> = {
  sorted: () => memory({ engine: 'sorted', clock }),
  hash: () => memory({ engine: 'hash', clock }),
  portable: () => memory({ engine: 'portable', clock }),
  lmdb: () => lmdb({ stateDir: temporaryDirectory(), clock }),
}

/** All that the stores of a golden checkpoint hold. */
function contentsOf(one: StateStoreProvider) {
  const counts = one.createKeyValueStore('counts ü', { keyCodec: bytes(), valueCodec: bytes() })
  const hourly = one.createWindowStore('hourly', { keyCodec: string(), valueCodec: u32(), windowSize: 10 })
  const spells = one.createSessionStore('spells', { keyCodec: string(), valueCodec: u32() })
  const countries = one.createKeyValueStore('countries', { keyCodec: dictionary(), valueCodec: u32() })
  return {
    rows: Array.from(counts.all(), ({ key, value }) => ({ key: Buffer.from(key).toString('latin1'), value })),
    hourly: [...hourly.all()],
    spells: [...spells.all()],
    times: [hourly.streamTime, spells.streamTime],
    countries: [...countries.all()],
    offsets: one.offsets(),
  }
}

const window = (key: string, windowStart: number, value: number) => ({
  key,
  windowStart,
  windowEnd: windowStart + 10,
  value,
})
const session = (key: string, sessionStart: number, sessionEnd: number, value: number) => ({
  key,
  sessionStart,
  sessionEnd,
  value,
})
const offsets = (orders: bigint) => new Map(Object.entries({ orders, payments: 2n ** 40n }))
const expectedFirst = {
  rows: entriesOf(rows),
  hourly: [window('a\0b', 20, 5), window('c', 40, 6)],
  spells: [session('s', 5, 25, 1), session('s', 100, 110, 2), session('t', 7, 9, 3)],
  times: [5000, 110],
  countries: [
    { key: 'Österreich', value: 3 },
    { key: 'España', value: 4 },
  ],
  offsets: offsets(42n),
}
const expectedSecond = {
  rows: entriesOf(changedRows),
  hourly: [window('c', 40, 6), window('c', 60, 7)],
  spells: [session('t', 7, 9, 3)],
  times: [5000, 110],
  countries: [...expectedFirst.countries, { key: 'France', value: 5 }],
  offsets: offsets(43n),
}

describe.each(Object.keys(opens))('the golden checkpoints of version 1, restored into %s', engine => {
  it('are row for row what they should be, the chain too', async () => {
    const one = opens[engine]!()
    onTestFinished(() => one.close())
    now = 0
    await one.restoreCheckpoint(join(directory, 'checkpoints'), { id: '0000000001-01010101' })
    expect(contentsOf(one)).toEqual(expectedFirst)
    now = 5000
    expect(contentsOf(one).rows.at(-1)?.key).toBe('\xff\x00\x80')
    now = 0
    expect((await one.restoreCheckpoint(join(directory, 'checkpoints'))).id).toBe('0000000002-02020202')
    expect(contentsOf(one)).toEqual(expectedSecond)
  })
})
