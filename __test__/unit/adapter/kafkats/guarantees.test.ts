import { ChangelogRestorer, codec } from '@kafkats/flow'
import { describe, expect, it } from 'vitest'
import type { FlowChangelogCheckpointStore, FlowLmdbProvider } from '../../../../src/adapter/kafkats/index.js'
import { flowMemory } from '../../../../src/adapter/kafkats/index.js'
import { temporaryDirectory } from '../../../engines.js'
import { Broker, clientOf } from '../../../kafkats/broker.mjs'
import { toArray } from '../../../kafkats/entries.js'
import { open } from './providers.js'

const codecs = { keyCodec: codec.string(), valueCodec: codec.string() }
const guarantees = ['at_least_once', 'exactly_once'] as const
const exactlyOnce = { processingGuarantee: 'exactly_once' } as const
const TOPIC = 'app-state-changelog'

const stateOf = (provider: FlowLmdbProvider) => provider.createKeyValueStore('state', codecs)

/** What a directory holds: entries and position. */
async function contentsOf(stateDir: string, options: object = exactlyOnce) {
  const provider = open({ stateDir, ...options })
  const position = await provider.getChangelogCheckpointStore().get(TOPIC, 0)
  const entries = await toArray(stateOf(provider).all())
  await provider.close()
  return { entries: Object.fromEntries(entries), position }
}

describe.each(guarantees)('positions, %s', processingGuarantee => {
  it('are kept by topic and partition, the last one that was set', async () => {
    const positions = open({ processingGuarantee }).getChangelogCheckpointStore()
    expect(await positions.get('t', 0)).toBeUndefined()
    await positions.set('t', 0, 10n)
    await positions.set('t', 1, 2n ** 62n)
    await positions.set('t', 0, 9n)
    await positions.flush()
    expect(await positions.get('t', 0)).toBe(9n)
    expect(await positions.get('t', 1)).toBe(2n ** 62n)
    expect(await positions.get('t', 2)).toBeUndefined()
  })

  it('of names that look alike are not mixed up', async () => {
    const positions = open({ processingGuarantee }).getChangelogCheckpointStore()
    const names: [string, number][] = [
      ['a', 1],
      ['a:1', 1],
      ['a', 11],
      ['a1', 1],
      ['a\0', 1],
      ['a\u00001', 1],
      ['', 1],
    ]
    for (const [i, [topic, partition]] of names.entries()) await positions.set(topic, partition, BigInt(i))
    for (const [i, [topic, partition]] of names.entries()) expect(await positions.get(topic, partition)).toBe(BigInt(i))
  })

  it('are whole numbers that are not negative', async () => {
    const positions = open({ processingGuarantee }).getChangelogCheckpointStore()
    const wrong: Parameters<FlowChangelogCheckpointStore['set']>[] = [
      ['t', 0, 5 as any],
      ['t', 0, -1n],
      ['t', 0.5, 1n],
      ['t', -1, 1n],
      [undefined as any, 0, 1n],
    ]
    for (const args of wrong) {
      await expect(positions.set(...args)).rejects.toMatchObject({ code: 'ERR_MILLPOND_INVALID_ARG' })
    }
    await expect(positions.get('t', 0.5)).rejects.toMatchObject({ code: 'ERR_MILLPOND_INVALID_ARG' })
  })

  it('are found by the next provider, whichever its guarantee', async () => {
    const stateDir = temporaryDirectory()
    const provider = open({ stateDir, processingGuarantee })
    await stateOf(provider).put('a', '1')
    await provider.getChangelogCheckpointStore().set(TOPIC, 0, 1n)
    await provider.getChangelogCheckpointStore().flush()
    await provider.close()
    for (const next of guarantees) {
      expect(await contentsOf(stateDir, { processingGuarantee: next })).toEqual({ entries: { a: '1' }, position: 1n })
    }
  })

  it('and writes that run ahead of the disk wait for it, and are not refused', async () => {
    const provider = open({ processingGuarantee, maxPendingBytes: 10_000 })
    const store = stateOf(provider)
    for (let i = 0; i < 500; i++) {
      await store.put(`key ${i}`, 'x'.repeat(1000))
      await provider.getChangelogCheckpointStore().set(TOPIC, 0, BigInt(i))
      if (i % 50 === 0) void provider.getChangelogCheckpointStore().flush()
    }
    expect(await toArray(store.all())).toHaveLength(500)
  })
})

it('memory has no positions', async () => {
  const provider = flowMemory()
  expect(provider.getChangelogCheckpointStore()).toBeUndefined()
  await provider.close()
})

describe('at least once', () => {
  it('a close keeps everything, flushed or not', async () => {
    const stateDir = temporaryDirectory()
    const provider = open({ stateDir })
    await stateOf(provider).put('a', '1')
    await provider.getChangelogCheckpointStore().set(TOPIC, 0, 1n)
    await provider.close()
    expect(await contentsOf(stateDir, {})).toEqual({ entries: { a: '1' }, position: 1n })
  })

  it('a write that is too large for any batch is refused', async () => {
    const store = stateOf(open({ maxUncommittedBytes: 50_000 }))
    const tooLarge = { code: 'ERR_MILLPOND_TRANSACTION_TOO_LARGE' }
    await expect(store.put('a', 'x'.repeat(60_000))).rejects.toMatchObject(tooLarge)
    await store.put('a', 'x')
  })

  it('a stretch that never ends is written in several batches', async () => {
    const provider = open({ maxUncommittedBytes: 50_000 })
    const store = stateOf(provider)
    for (let i = 0; i < 200; i++) await store.put(`key ${i}`, 'x'.repeat(1000))
    expect(await toArray(store.all())).toHaveLength(200)
  })
})

describe('exactly once', () => {
  it('a close keeps what was flushed last: state and position', async () => {
    const stateDir = temporaryDirectory()
    const provider = open({ stateDir, ...exactlyOnce })
    const [store, positions] = [stateOf(provider), provider.getChangelogCheckpointStore()]
    await store.put('a', '1')
    await store.put('b', '1')
    await positions.set(TOPIC, 0, 2n)
    await positions.flush()
    // A transaction that is never committed.
    await store.put('a', '2')
    await store.delete('b')
    await store.put('c', '2')
    await positions.set(TOPIC, 0, 5n)
    expect(await store.get('a')).toBe('2')
    await provider.close()
    expect(await contentsOf(stateDir)).toEqual({ entries: { a: '1', b: '1' }, position: 2n })
  })

  it('nothing is on the disk before the first flush', async () => {
    const stateDir = temporaryDirectory()
    const provider = open({ stateDir, ...exactlyOnce })
    await provider.getChangelogCheckpointStore().get(TOPIC, 0)
    await stateOf(provider).put('a', '1')
    await provider.getChangelogCheckpointStore().set(TOPIC, 0, 1n)
    await provider.close()
    expect(await contentsOf(stateDir)).toEqual({ entries: {}, position: undefined })
  })

  it('a flush of a store is no boundary', async () => {
    const stateDir = temporaryDirectory()
    const provider = open({ stateDir, ...exactlyOnce })
    await stateOf(provider).put('a', '1')
    await stateOf(provider).flush()
    await provider.close()
    expect(await contentsOf(stateDir)).toEqual({ entries: {}, position: undefined })
  })
})

/** Restores a changelog by flow's own restorer; returns how many records it took. */
async function restore(provider: FlowLmdbProvider, broker: Broker): Promise<number> {
  const { client } = clientOf(broker)
  const restorer = new ChangelogRestorer(TOPIC, codecs.keyCodec, codecs.valueCodec, stateOf(provider))
  return restorer.restore(client, {}, [0], provider.getChangelogCheckpointStore())
}

/** A changelog of so many records of a kilobyte, each tenth a removal of the one before. */
function changelog(records: number): { broker: Broker; state: Record<string, string> } {
  const broker = new Broker()
  const state: Record<string, string> = {}
  for (let i = 0; i < records; i++) {
    const [key, value] = i % 10 === 9 ? [`key ${i - 1}`, null] : [`key ${i}`, `${i} `.repeat(200)]
    broker.append([{ topic: TOPIC, key: Buffer.from(key), value: value === null ? null : Buffer.from(value) }])
    if (value === null) delete state[key]
    else state[key] = value
  }
  return { broker, state }
}

describe.each(guarantees)('a restore, %s', processingGuarantee => {
  it('is done once, and goes on from its position later', async () => {
    const stateDir = temporaryDirectory()
    const { broker, state } = changelog(100)
    const first = open({ stateDir, processingGuarantee })
    expect(await restore(first, broker)).toBe(90)
    await first.getChangelogCheckpointStore().flush()
    await first.close()
    broker.append([{ topic: TOPIC, key: Buffer.from('one more'), value: Buffer.from('1') }])
    const second = open({ stateDir, processingGuarantee })
    expect(await restore(second, broker)).toBe(1)
    await second.getChangelogCheckpointStore().flush()
    await second.close()
    expect(await contentsOf(stateDir)).toEqual({ entries: { ...state, 'one more': '1' }, position: 101n })
  })

  it('at startup takes several batches, where one would be too large', async () => {
    const stateDir = temporaryDirectory()
    const { broker, state } = changelog(1000)
    const provider = open({ stateDir, processingGuarantee, maxUncommittedBytes: 100_000 })
    await restore(provider, broker)
    await provider.getChangelogCheckpointStore().flush()
    await provider.close()
    expect(await contentsOf(stateDir)).toEqual({ entries: state, position: 1000n })
  })
})

describe('a restore in several batches, exactly once', () => {
  const limited = { ...exactlyOnce, maxUncommittedBytes: 100_000 }

  it('that is cut short leaves the old position, and comes to the same when it is repeated', async () => {
    const stateDir = temporaryDirectory()
    const { broker, state } = changelog(1000)
    const cut = open({ stateDir, ...limited })
    await restore(cut, broker)
    await cut.close()
    const left = await contentsOf(stateDir)
    expect(left.position).toBeUndefined()
    expect(Object.keys(left.entries).length).toBeGreaterThan(100)
    const provider = open({ stateDir, ...limited })
    expect(await restore(provider, broker)).toBe(900)
    await provider.getChangelogCheckpointStore().flush()
    await provider.close()
    expect(await contentsOf(stateDir)).toEqual({ entries: state, position: 1000n })
  })

  const fill = async (provider: FlowLmdbProvider) => {
    const store = stateOf(provider)
    for (let i = 0; i < 200; i++) await store.put(`filled ${i}`, 'x'.repeat(1000))
  }
  const tooLarge = { code: 'ERR_MILLPOND_TRANSACTION_TOO_LARGE' }

  it('is over with the first flush: a transaction is one batch, or refused', async () => {
    const stateDir = temporaryDirectory()
    const provider = open({ stateDir, ...limited })
    const positions = provider.getChangelogCheckpointStore()
    await positions.get(TOPIC, 0)
    await positions.flush()
    await expect(fill(provider)).rejects.toMatchObject(tooLarge)
    await provider.close()
    expect(await contentsOf(stateDir)).toEqual({ entries: {}, position: undefined })
  })

  it('is over with the first read, which no restore does', async () => {
    const provider = open(limited)
    await provider.getChangelogCheckpointStore().get(TOPIC, 0)
    await stateOf(provider).get('a')
    await expect(fill(provider)).rejects.toMatchObject(tooLarge)
  })

  it('has begun when a position was asked for', async () => {
    await expect(fill(open(limited))).rejects.toMatchObject(tooLarge)
  })
})
