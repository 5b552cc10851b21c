// Every difference from the published stores, as docs/kafkats.md lists them: the same input on both peers and on ours.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StateStoreProvider, WindowedKey } from '@kafkats/flow'
import { codec } from '@kafkats/flow'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../engines.js'
import { at, keysOf, shown } from '../kafkats/entries.js'
import { type Open, ours, peers } from '../kafkats/providers.js'

const root = join(import.meta.dirname, '..', '..')
const codecs = { keyCodec: codec.string(), valueCodec: codec.json<any>() }
const windowed = { ...codecs, windowSizeMs: 10, retentionMs: 100 }
const invalid = { code: 'ERR_MILLPOND_INVALID_ARG' }
const tested = new Set<string>()

/** What a provider does: what comes of it, or how it fails. */
type Does = (provider: StateStoreProvider) => unknown
interface Outcomes {
  readonly 'in-memory': unknown
  readonly lmdb: unknown
  readonly ours: unknown
}

async function outcome(open: Open, does: Does): Promise<unknown> {
  const provider = open()
  try {
    return await does(provider)
  } catch (error) {
    return error
  } finally {
    await settled()
    await provider.close()
  }
}

/** The peer on LMDB ends the process if it is closed right after a put that it refused. */
const settled = () => new Promise(resolve => setTimeout(resolve, 20))

/** A difference: what the same input comes to on each. */
function difference(number: string, input: string, does: Does, { ours: expected, ...ofPeers }: Outcomes): void {
  tested.add(number)
  it(`${number}: ${input}`, async () => {
    for (const name of ['in-memory', 'lmdb'] as const) {
      expect.soft(await outcome(peers[name], does), name).toEqual(ofPeers[name])
    }
    for (const [name, open] of Object.entries(ours)) expect.soft(await outcome(open, does), name).toEqual(expected)
  })
}

const failing = (details: object) => expect.objectContaining(details)
const rangeError = expect.any(RangeError)

/** Puts windowed keys into a store of windows or sessions. */
async function filled<S extends { put(key: WindowedKey<string>, value: number): Promise<void> }>(
  store: S,
  ...keys: WindowedKey<string>[]
): Promise<S> {
  for (const key of keys) await store.put(key, 1)
  return store
}
const windows = (provider: StateStoreProvider, ...keys: WindowedKey<string>[]) =>
  filled(provider.createWindowStore('store', windowed), ...keys)
const sessions = (provider: StateStoreProvider, ...keys: WindowedKey<string>[]) =>
  filled(provider.createSessionStore('store', { ...codecs, retentionMs: 100 }), ...keys)
const keyValues = (provider: StateStoreProvider) => provider.createKeyValueStore('store', codecs)

describe('order', () => {
  difference(
    'D1',
    'all() after puts of c, a, b',
    async provider => {
      const store = keyValues(provider)
      for (const key of ['c', 'a', 'b']) await store.put(key, 1)
      return keysOf(store.all())
    },
    { 'in-memory': ['c', 'a', 'b'], lmdb: ['a', 'b', 'c'], ours: ['a', 'b', 'c'] },
  )
  difference(
    'D2',
    'range from a@0 to b@0 over windows a@0, b@0, a@20, b@20',
    async provider => {
      const store = await windows(provider, at('a', 0), at('b', 0), at('a', 20), at('b', 20))
      return keysOf(store.range(at('a', 0), at('b', 0)))
    },
    {
      'in-memory': ['a@0..10', 'a@20..30', 'b@0..10'],
      lmdb: ['a@0..10', 'b@0..10'],
      ours: ['a@0..10', 'b@0..10'],
    },
  )
  difference(
    'D3',
    'all() and range from a@0 to aa@0 over sessions b@0, aa@0, a@0',
    async provider => {
      const store = await sessions(provider, at('b', 0), at('aa', 0), at('a', 0))
      return [await keysOf(store.all()), await keysOf(store.range(at('a', 0), at('aa', 0)))]
    },
    {
      'in-memory': [['b@0..10', 'aa@0..10', 'a@0..10'], []],
      lmdb: [['aa@0..10', 'a@0..10', 'b@0..10'], []],
      ours: [
        ['a@0..10', 'aa@0..10', 'b@0..10'],
        ['a@0..10', 'aa@0..10'],
      ],
    },
  )
  difference(
    'D4',
    'findSessions after puts of a@20, a@0, and fetch after the same puts of windows',
    async provider => {
      const store = await sessions(provider, at('a', 20), at('a', 0))
      const others = provider.createWindowStore('windows', windowed)
      await filled(others, at('a', 20), at('a', 0))
      return [await keysOf(store.findSessions('a', 0, 100)), await keysOf(others.fetch('a', 0, 100))]
    },
    {
      'in-memory': [
        ['a@20..30', 'a@0..10'],
        ['a@20..30', 'a@0..10'],
      ],
      lmdb: [
        ['a@0..10', 'a@20..30'],
        ['a@0..10', 'a@20..30'],
      ],
      ours: [
        ['a@0..10', 'a@20..30'],
        ['a@0..10', 'a@20..30'],
      ],
    },
  )
  difference(
    'D5',
    'expireOldSessions over c@10, a@20, b@0',
    async provider => {
      const store = await sessions(provider, at('c', 10), at('a', 20), at('b', 0))
      return (await store.expireOldSessions(1000)).map(shown)
    },
    {
      'in-memory': ['c@10..20', 'a@20..30', 'b@0..10'],
      lmdb: ['a@20..30', 'b@0..10', 'c@10..20'],
      ours: ['b@0..10', 'c@10..20', 'a@20..30'],
    },
  )
})

describe('keys and times', () => {
  difference(
    'D6',
    'put and get of the empty key',
    async provider => {
      const store = keyValues(provider)
      await store.put('', 1)
      return store.get('')
    },
    { 'in-memory': 1, lmdb: failing({ message: expect.stringContaining('zero length key') }), ours: 1 },
  )
  const longKey = (length: number) => async (provider: StateStoreProvider) => {
    const store = keyValues(provider)
    await store.put('k'.repeat(length), 1)
    return store.get('k'.repeat(length))
  }
  const tooLarge = failing({ code: 'ERR_MILLPOND_TOO_LARGE' })
  difference('D7', 'put of a key of 1,901 bytes', longKey(1901), { 'in-memory': 1, lmdb: 1, ours: tooLarge })
  difference('D7', 'put of a key of 1,979 bytes', longKey(1979), {
    'in-memory': 1,
    lmdb: failing({ message: expect.stringContaining('maximum key size') }),
    ours: tooLarge,
  })
  difference(
    'D8',
    'fetch of a from -Infinity to Infinity',
    async provider => keysOf((await windows(provider, at('a', 0))).fetch('a', -Infinity, Infinity)),
    { 'in-memory': ['a@0..10'], lmdb: rangeError, ours: ['a@0..10'] },
  )
  difference(
    'D9',
    'fetch of a from NaN to 10',
    async provider => keysOf((await windows(provider, at('a', 0))).fetch('a', NaN, 10)),
    { 'in-memory': [], lmdb: rangeError, ours: failing(invalid) },
  )
  difference(
    'D9',
    'fetch of a from -0.5 to 0.5',
    async provider => keysOf((await windows(provider, at('a', 0))).fetch('a', -0.5, 0.5)),
    { 'in-memory': ['a@0..10'], lmdb: rangeError, ours: failing(invalid) },
  )
  difference('D9', 'put of a window from NaN on', provider => windows(provider, at('a', NaN, 0)), {
    'in-memory': rangeError,
    lmdb: rangeError,
    ours: failing({ ...invalid, name: 'TypeError' }),
  })
  difference(
    'D9',
    'expireOldWindows(NaN)',
    async provider => (await windows(provider, at('a', 0))).expireOldWindows(NaN),
    { 'in-memory': 0, lmdb: rangeError, ours: failing(invalid) },
  )
  difference(
    'D10',
    'put of a window that ends before it starts',
    async provider => keysOf((await windows(provider, at('a', 5, 4))).all()),
    { 'in-memory': ['a@5..4'], lmdb: ['a@5..4'], ours: failing({ ...invalid, name: 'RangeError' }) },
  )
  difference(
    'D11',
    'put and get of the key null, of a codec that takes it',
    async provider => {
      const store = provider.createKeyValueStore<unknown, unknown>('store', { ...codecs, keyCodec: codec.json() })
      await store.put(null, 1)
      return store.get(null)
    },
    { 'in-memory': 1, lmdb: 1, ours: failing(invalid) },
  )
  difference(
    'D12',
    'get of a key that its codec does not take: throws or rejects',
    provider => {
      try {
        return keyValues(provider)
          .get(undefined as any)
          .catch(() => 'rejects')
      } catch {
        return 'throws'
      }
    },
    { 'in-memory': 'throws', lmdb: 'throws', ours: 'rejects' },
  )
})

describe('options and names', () => {
  difference(
    'D13',
    'createKeyValueStore with the unknown option ttl',
    provider => provider.createKeyValueStore('store', { ...codecs, ttl: 5 } as any).name,
    { 'in-memory': 'store', lmdb: 'store', ours: failing(invalid) },
  )
  difference(
    'D14',
    'createWindowStore without retentionMs, then expireOldWindows',
    async provider => {
      const store = provider.createWindowStore('store', { ...codecs, windowSizeMs: 10 } as any)
      await store.put(at('a', 0), 1)
      return store.expireOldWindows(1e9)
    },
    { 'in-memory': 0, lmdb: rangeError, ours: failing(invalid) },
  )
  difference(
    'D15',
    'a second createKeyValueStore of the same name',
    async provider => {
      await keyValues(provider).put('a', 1)
      return keyValues(provider).get('a')
    },
    { 'in-memory': undefined, lmdb: 1, ours: 1 },
  )
  const mismatch = failing({ code: 'ERR_MILLPOND_STORE_MISMATCH' })
  difference(
    'D16',
    'createWindowStore of the name of a key-value store, then all()',
    async provider => {
      await keyValues(provider).put('a', 1)
      return keysOf((await windows(provider)).all())
    },
    { 'in-memory': [], lmdb: rangeError, ours: mismatch },
  )
  difference(
    'D16',
    'createWindowStore of the name of one with windows of another size',
    async provider => {
      await windows(provider, at('a', 0))
      return keysOf(provider.createWindowStore('store', { ...windowed, windowSizeMs: 5 }).all())
    },
    { 'in-memory': [], lmdb: ['a@0..10'], ours: mismatch },
  )

  tested.add('D17')
  it('D17: a store of the name that positions are kept under', async () => {
    const provider = peers.lmdb()
    await provider.getChangelogCheckpointStore!()!.set('topic', 0, 1n)
    const store = provider.createKeyValueStore('__kafkats_flow_changelog_checkpoints__', {
      ...codecs,
      valueCodec: codec.buffer(),
    })
    expect(await keysOf(store.all())).toEqual(['topic\u00000'])
    await provider.close()
    const other = ours.flowLmdb()
    expect(() => other.createKeyValueStore('__kafkats_changelog_positions', codecs)).toThrow(failing(invalid))
    await other.close()
  })
  difference(
    'D18',
    'the position -5',
    async provider => {
      const positions = provider.getChangelogCheckpointStore?.()
      await positions?.set('topic', 0, -5n)
      return positions && (await positions.get('topic', 0))
    },
    {
      'in-memory': undefined,
      lmdb: -5n,
      // The one in memory has none either.
      ours: expect.toBeOneOf([undefined, failing(invalid)]),
    },
  )
})

describe('reads and writes', () => {
  difference(
    'D19',
    'put of a, not awaited, then get',
    async provider => {
      const store = keyValues(provider)
      const written = store.put('a', 1)
      const found = await store.get('a')
      await written
      return found
    },
    { 'in-memory': 1, lmdb: undefined, ours: 1 },
  )
  difference(
    'D20',
    'all(), and in its loop a put of each key with an x behind, six rounds at most',
    async provider => {
      const store = keyValues(provider)
      await store.put('a', 1)
      const seen: string[] = []
      for await (const [key] of store.all()) {
        seen.push(key)
        if (seen.length === 6) break
        await store.put(`${key}x`, 1)
      }
      return seen
    },
    { 'in-memory': ['a', 'ax', 'axx', 'axxx', 'axxxx', 'axxxxx'], lmdb: ['a'], ours: ['a'] },
  )
  difference(
    'D21',
    'put of a buffer that is filled with x then, and get of it, filled with y then, and get again',
    async provider => {
      const store = provider.createKeyValueStore('store', { ...codecs, valueCodec: codec.buffer() })
      const value = Buffer.from('value')
      await store.put('a', value)
      value.fill('x')
      const found = await store.get('a')
      const first = String(found)
      found?.fill('y')
      return [first, String(await store.get('a'))]
    },
    { 'in-memory': ['xxxxx', 'yyyyy'], lmdb: ['value', 'value'], ours: ['value', 'value'] },
  )
})

describe('ends', () => {
  difference(
    'D22',
    'close() of a store, then get, and get of another store object of the same name',
    async provider => {
      const store = keyValues(provider)
      await store.put('a', 1)
      await store.close()
      const first = await store.get('a').catch(({ code }) => code)
      return [first, await keyValues(provider).get('a')]
    },
    { 'in-memory': [undefined, undefined], lmdb: [1, 1], ours: ['ERR_MILLPOND_CLOSED', 1] },
  )
  difference(
    'D23',
    'close() of the provider, then get',
    async provider => {
      const store = keyValues(provider)
      await store.put('a', 1)
      await provider.close()
      return store.get('a')
    },
    {
      'in-memory': undefined,
      lmdb: failing({ message: expect.stringContaining('closed database') }),
      ours: failing({ code: 'ERR_MILLPOND_CLOSED' }),
    },
  )

  /** Ends the process of the peer. */
  const putAfterClose = (open: string) => `
    ${open}
    const store = provider.createKeyValueStore('store', { keyCodec: codec, valueCodec: codec })
    provider.close().then(() => store.put('a', 'b')).then(() => 'fine', ({ code }) => code).then(console.log)`
  const openPeer = `
    const { lmdb } = require('@kafkats/flow-state-lmdb')
    const codec = { encode: text => Buffer.from(text), decode: String }
    const stateDir = require('node:fs').mkdtempSync(require('node:path').join(require('node:os').tmpdir(), 'millpond-'))
    process.on('exit', () => require('node:fs').rmSync(stateDir, { recursive: true }))
    const provider = lmdb({ stateDir })`
  const run = (code: string, cwd: string) => spawnSync(process.execPath, ['-e', code], { cwd, encoding: 'utf8' })

  tested.add('D24')
  it('D24: close() of the provider, then put', async () => {
    const { status, stderr } = run(putAfterClose(openPeer), join(root, 'bench', 'peers'))
    expect(status).toBe(1)
    expect(stderr).toContain('The environment is already closed')
    const inMemory = peers['in-memory']()
    const store = keyValues(inMemory)
    await inMemory.close()
    await store.put('a', 1)
    for (const open of Object.values(ours)) {
      const provider = open()
      const store = keyValues(provider)
      await provider.close()
      await expect(store.put('a', 1)).rejects.toMatchObject({ code: 'ERR_MILLPOND_CLOSED' })
    }
  })

  tested.add('D25')
  it('D25: exactly once: a put of a transaction that is aborted, close(), reopen, get', async () => {
    const aborted = async (open: Open) => {
      const stateDir = temporaryDirectory()
      const provider = open(stateDir)
      await keyValues(provider).put('a', 1)
      await provider.close()
      const next = open(stateDir)
      const found = await keyValues(next).get('a')
      await next.close()
      return found
    }
    expect(await aborted(peers.lmdb)).toBe(1)
    expect(await aborted(ours['flowLmdb, exactly once'])).toBeUndefined()
  })
})

it('docs/kafkats.md lists these, and no others', () => {
  const listed = readFileSync(join(root, 'docs', 'kafkats.md'), 'utf8').match(/^\| D\d+(?= \|)/gm) ?? []
  expect(listed.map(row => row.slice(2))).toEqual(
    [...tested].toSorted((one, other) => Number(one.slice(1)) - Number(other.slice(1))),
  )
})
