import { codec } from '@kafkats/flow'
import { describe, expect, it } from 'vitest'
import * as subpath from '../../../../src/adapter/kafkats/index.js'
import { flowLmdb, flowMemory } from '../../../../src/adapter/kafkats/index.js'
import { lmdb, string } from '../../../../src/index.js'
import { temporaryDirectory } from '../../../engines.js'
import { open, providers } from './providers.js'

const codecs = { keyCodec: codec.string(), valueCodec: codec.string() }
const window = { ...codecs, windowSizeMs: 10, retentionMs: 100 }
const session = { ...codecs, retentionMs: 100 }
const argumentError = (message: RegExp) =>
  expect.objectContaining({ code: 'ERR_MILLPOND_INVALID_ARG', message: expect.stringMatching(message) })

it('has the names that are asked for, and those of the peer', () => {
  expect({ ...subpath }).toEqual({ flowLmdb, flowMemory, lmdb: flowLmdb, memory: flowMemory })
})

describe('the options of a provider', () => {
  it.each([
    [undefined, /flowLmdb: expected an object of options, got undefined/],
    [{}, /stateDir/],
    [{ stateDir: 5 }, /stateDir/],
    [{ processingGuarantee: 'twice' }, /processingGuarantee: expected 'at_least_once' or 'exactly_once', got "twice"/],
    [{ commits: 'manual' }, /unknown option "commits"/],
    [{ readOnly: true }, /unknown option "readOnly"/],
    [{ statedir: '' }, /unknown option "statedir"/],
    [{ mapSize: 1 }, /mapSize/],
  ])('of flowLmdb: %j is refused', (options, message) => {
    const all = options && Object.keys(options).length > 0 ? { stateDir: temporaryDirectory(), ...options } : options
    expect(() => flowLmdb(all as any)).toThrow(argumentError(message))
  })

  it.each([
    [null, /flowMemory: expected an object of options, got null/],
    [{ stateDir: '/' }, /flowMemory: unknown option "stateDir"/],
    [{ commits: 'manual' }, /flowMemory: unknown option "commits"/],
    [{ maxBytes: 0 }, /maxBytes/],
  ])('of flowMemory: %j is refused', (options, message) => {
    expect(() => flowMemory(options as any)).toThrow(argumentError(message))
  })
})

describe.each(Object.entries(providers))('the options of a store of %s', (_, openOne) => {
  it('are looked at when it is opened', () => {
    const provider = openOne()
    const refused = (create: () => unknown, message: RegExp) => expect(create).toThrow(argumentError(message))
    refused(() => provider.createKeyValueStore('a', undefined as any), /store "a": expected an object/)
    refused(() => provider.createKeyValueStore('a', { keyCodec: codecs.keyCodec } as any), /valueCodec/)
    refused(() => provider.createKeyValueStore('a', { ...codecs, ttl: 5 } as any), /unknown option "ttl"/)
    refused(() => provider.createKeyValueStore('', codecs), /name/)
    refused(() => provider.createKeyValueStore(5 as any, codecs), /name/)
    refused(() => provider.createKeyValueStore('__millpond', codecs), /reserved/)
    refused(() => provider.createKeyValueStore('__kafkats_changelog_positions', codecs), /positions are kept/)
    refused(() => provider.createWindowStore('a', session as any), /windowSizeMs/)
    refused(() => provider.createWindowStore('a', { ...window, retentionMs: undefined as any }), /retentionMs/)
    refused(() => provider.createWindowStore('a', { ...window, windowSizeMs: -1 }), /windowSizeMs/)
    refused(() => provider.createWindowStore('a', { ...window, windowSizeMs: 0.5 }), /windowSizeMs/)
    refused(() => provider.createWindowStore('a', { ...window, retention: 5 } as any), /unknown option "retention"/)
    refused(() => provider.createSessionStore('a', codecs as any), /retentionMs/)
    refused(() => provider.createSessionStore('a', { ...session, retentionMs: NaN }), /retentionMs/)
  })

  it('are compared with those that the store was opened with before', () => {
    const provider = openOne()
    provider.createWindowStore('a', window)
    provider.createWindowStore('a', { ...window, retentionMs: 200 })
    const mismatch = expect.objectContaining({ code: 'ERR_MILLPOND_STORE_MISMATCH' })
    expect(() => provider.createWindowStore('a', { ...window, windowSizeMs: 20 })).toThrow(mismatch)
    expect(() => provider.createKeyValueStore('a', codecs)).toThrow(mismatch)
  })
})

it('a directory can be read without flow, its stores with any codec', async () => {
  const stateDir = temporaryDirectory()
  const provider = open({ stateDir })
  await provider.createKeyValueStore('a', codecs).put('key', 'value')
  await provider.close()
  await using plain = lmdb({ stateDir })
  const store = plain.createKeyValueStore('a', { keyCodec: string(), valueCodec: string() })
  expect(store.getSync('key')).toBe('value')
})
