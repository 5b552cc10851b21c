import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytes, type KeyCodec, lmdb, string, tuple, u32 } from '../../src/index.js'
import { temporaryDirectory } from '../engines.js'
import { missing } from './installed.js'
import { random } from './programs/random.mjs'
import { skip, tally } from './tally.js'

const part = 'stock tools'
const ROWS = 3000

/** A store, as it was filled: its key codec, and the bytes that it writes for each key. */
interface Filled {
  name: string
  keyCodec: KeyCodec<any, any>
  keys: Map<any, Buffer>
}

function tool(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(args[0]!, args.slice(1), { encoding: 'latin1', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`${args.join(' ')}: ${status}: ${stderr}`)
  return stdout
}

const encoded = (number: number) => Buffer.of(number >>> 24, number >>> 16, number >>> 8, number)

function stores(): Filled[] {
  const below = random(1)
  const texts = Array.from({ length: ROWS }, (_, i) => `ключ ${i} ${'x'.repeat(below(i % 100 === 0 ? 1800 : 60))}`)
  const numbers = Array.from({ length: ROWS }, () => below(2 ** 32))
  const pairs = tuple(string(), u32())
  return [
    { name: 'texts', keyCodec: string(), keys: new Map(texts.map(text => [text, Buffer.from(text)])) },
    { name: 'numbers é', keyCodec: u32(), keys: new Map(numbers.map(number => [number, encoded(number)])) },
    {
      name: 'pairs',
      keyCodec: pairs,
      // Text up to two zero bytes, then the number.
      keys: new Map(
        numbers.map((number, i) => [[`of ${i}`, number], Buffer.concat([Buffer.from(`of ${i}\0\0`), encoded(number)])]),
      ),
    },
    { name: 'empty', keyCodec: string(), keys: new Map() },
  ]
}

/** Fills a directory, in part before a clear and in part after it, and closes it. */
async function fill(stateDir: string): Promise<Filled[]> {
  const all = stores()
  const one = lmdb({ stateDir })
  for (const { name, keyCodec, keys } of all) {
    const rows = one.createKeyValueStore(name, { keyCodec, valueCodec: bytes() })
    for (let key = 0; key < 10 && keyCodec.id === 'string'; key++) rows.putSync(`gone ${key}`, Buffer.alloc(10))
    await one.commit()
    await rows.clear()
    for (const [key, keyBytes] of keys) rows.putSync(key, keyBytes.subarray(0, 50))
  }
  one
    .createKeyValueStore('texts', { keyCodec: string(), valueCodec: bytes() })
    .putSync('', Buffer.from('of the empty key'))
  await one.close()
  return all
}

async function contents(stateDir: string) {
  const one = lmdb({ stateDir })
  const found = stores().map(({ name, keyCodec }) =>
    one.createKeyValueStore(name, { keyCodec, valueCodec: bytes() }).all().toArray(),
  )
  const problems = await one.verify()
  await one.close()
  return { found, problems }
}

describe('what the stock tools of LMDB see after close', () => {
  const reason = missing('mdb_stat', 'lmdb-utils')

  it('is a database a store, with its entries and exactly the bytes of its keys', async () => {
    if (reason) return skip(part, reason)
    const stateDir = temporaryDirectory()
    const all = await fill(stateDir)
    const stat = tool('mdb_stat', '-a', stateDir)
    const listed = [...stat.matchAll(/^Status of (.+)\n(?: .*\n)*? {2}Entries: (\d+)/gm)].map(([, name, entries]) => [
      Buffer.from(name!, 'latin1').toString(),
      Number(entries),
    ])
    const withoutCatalog = listed.filter(([name]) => name !== 'Main DB' && name !== '__millpond').sort()
    expect(withoutCatalog).toEqual(all.map(({ name, keys }) => [name, keys.size]).sort())
    for (const { name, keys } of all) {
      const dump = tool('mdb_dump', '-s', name, stateDir)
      const lines = [...dump.slice(dump.indexOf('HEADER=END')).matchAll(/^ ([0-9a-f]*)$/gm)].map(([, hex]) => hex!)
      const dumped = lines.filter((_, index) => index % 2 === 0)
      const sorted = [...keys.values()].sort(Buffer.compare)
      expect(dumped.join()).toBe(sorted.map(key => key.toString('hex')).join())
      const values = lines.filter((_, index) => index % 2 === 1)
      const expected = sorted.map(key => key.subarray(0, 50).toString('hex'))
      // A checksum of four bytes comes behind.
      expect(values.map(value => value.slice(0, -8)).join()).toBe(expected.join())
    }
    tally(part, { done: all.length, note: `mdb_stat and mdb_dump: ${all.length} databases of ${ROWS} keys` })
  })

  it.each(['file', 'directory'])(
    'is copied by mdb_copy -c, and the copy in the place of the %s opens equal',
    async what => {
      if (reason) return skip(part, reason)
      const [stateDir, copy] = [join(temporaryDirectory(), 'state'), join(temporaryDirectory(), 'copy')]
      await fill(stateDir)
      const before = await contents(stateDir)
      mkdirSync(copy)
      tool('mdb_copy', '-c', stateDir, copy)
      if (what === 'file') {
        renameSync(join(copy, 'data.mdb'), join(stateDir, 'data.mdb'))
      } else {
        rmSync(stateDir, { recursive: true })
        renameSync(copy, stateDir)
      }
      const after = await contents(stateDir)
      expect(after).toEqual(before)
      expect(after.problems).toEqual([])
      tally(part, { done: 1, note: `mdb_copy -c in the place of the ${what}` })
    },
  )
})
