// Whole topologies, through flow's TestDriver, on our stores and on the published ones: every record that goes out, in order.
import type { FlowApp, KStream, StateStoreProvider } from '@kafkats/flow'
import { codec, SessionWindows, TimeWindows } from '@kafkats/flow'
import { afterAll, describe, expect, it } from 'vitest'
import { driverOn } from '../kafkats/driver.js'
import { type Open, ours, peers } from '../kafkats/providers.js'
import { random } from '../torture/programs/random.mjs'
import { tally, times } from '../torture/tally.js'

const RECORDS = times('MILLPOND_KAFKATS_RECORDS', 400)
const KEYS = ['a', 'aa', 'ab', 'b', 'b\0', 'c', 'é']
const SECOND = 1000

interface Input {
  readonly topic: string
  readonly key: string
  /** Null is a removal. */
  readonly value: Order | null
  readonly timestamp: number
}

interface Order {
  readonly id: number
  readonly amount: number
}

/** Records of two streams and a table; each tenth is late by up to a minute, and time goes on for ten. */
function inputs(seed: number): Input[] {
  const below = random(seed)
  return Array.from({ length: RECORDS }, (_, id) => {
    const topic = ['left', 'left', 'right', 'table'][below(4)]!
    const late = below(10) === 0 ? below(60 * SECOND) : 0
    const time = Math.max(0, (id / RECORDS) * 600 * SECOND + below(2 * SECOND) - late)
    // So that some are equal.
    const timestamp = Math.floor(time / 2500) * 2500
    const value = topic === 'table' && below(5) === 0 ? null : { id, amount: below(100) }
    return { topic, key: KEYS[below(KEYS.length)]!, value, timestamp }
  })
}

interface Streams {
  readonly app: FlowApp
  readonly left: KStream<string, Order>
  readonly right: KStream<string, Order>
}

const out = { value: codec.json<any>() }
const merge = (one: Order, other: Order): Order => ({ id: other.id, amount: one.amount + other.amount })
/** One in which the order of the two matters. */
const follow = (one: Order, other: Order): Order => ({ id: (one.id * 31 + other.id) % 1_000_003, amount: 0 })
const both = (left: Order | null, right: Order | null) => ({ left, right })
const within = { within: TimeWindows.of('5s') }

const topologies: Readonly<Record<string, (streams: Streams) => void>> = {
  count: ({ left }) => left.groupByKey().count().toStream().to('out', out),
  reduce: ({ left }) => left.groupByKey().reduce(merge).toStream().to('out', out),
  aggregate: ({ left }) =>
    left
      .groupBy((_, order) => `group ${order!.amount % 7}`, { key: codec.string() })
      .aggregate(
        () => 0,
        (_, { amount }, sum) => sum + amount,
        { value: codec.json<number>() },
      )
      .toStream()
      .to('out', out),
  'windowed count, tumbling': ({ left }) =>
    left.groupByKey().windowedBy(TimeWindows.of('10s')).count().toStream().to('out', out),
  'windowed count, hopping': ({ left }) =>
    left.groupByKey().windowedBy(TimeWindows.of('10s').advanceBy('3s')).count().toStream().to('out', out),
  'windowed count, of short windows that expire': ({ left }) =>
    left.groupByKey().windowedBy(TimeWindows.of('1s')).count().toStream().to('out', out),
  'windowed reduce': ({ left }) =>
    left.groupByKey().windowedBy(TimeWindows.of('20s')).reduce(merge).toStream().to('out', out),
  'session count, of short sessions that expire': ({ left }) =>
    left.groupByKey().windowedBy(SessionWindows.withInactivityGap('1s')).count().toStream().to('out', out),
  'stream-table join': ({ app, left }) => left.join(app.table('table', tableOf), both).to('out', out),
  'stream-table left join': ({ app, left }) => left.leftJoin(app.table('table', tableOf), both).to('out', out),
  'stream-stream join of equal times': ({ left, right }) =>
    left.join(right, both, { within: TimeWindows.of(0) }).to('out', out),
  'count of a grouped table': ({ app }) =>
    app
      .table('table', tableOf)
      .groupBy((_, order) => [`group ${order.amount % 3}`, order], { key: codec.string() })
      .count()
      .toStream()
      .to('out', out),
}

/** Those that send what there is of a key in its order, which the in-memory peer has another one of: D4 of differences.test.ts. */
const ordered: typeof topologies = {
  'session count': ({ left }) =>
    left.groupByKey().windowedBy(SessionWindows.withInactivityGap('8s')).count().toStream().to('out', out),
  'stream-stream join': ({ left, right }) => left.join(right, both, within).to('out', out),
  'stream-stream left join': ({ left, right }) => left.leftJoin(right, both, within).to('out', out),
  'stream-stream outer join': ({ left, right }) => left.outerJoin(right, both, within).to('out', out),
}

/** Those that make another value of another order. */
const folded: typeof topologies = {
  'session reduce, whose reducer minds the order': ({ left }) =>
    left.groupByKey().windowedBy(SessionWindows.withInactivityGap('30s')).reduce(follow).toStream().to('out', out),
}

const tableOf = { key: codec.string(), value: codec.json<Order>() }

/** Runs a topology; returns what went out: of each record the bytes of key and value. */
async function outputOf(
  provider: StateStoreProvider,
  build: (streams: Streams) => void,
  records: readonly Input[],
  config: object = {},
): Promise<string[]> {
  const driver = driverOn(provider, { applicationId: 'app', ...config })
  const source = (topic: string) => driver.input(topic, tableOf)
  build({ app: driver.flow, left: source('left'), right: source('right') })
  const { consumer, producer } = await driver.start()
  for (const { topic, key, value, timestamp } of records) {
    const bytes = value === null ? null : tableOf.value.encode(value)
    await consumer.sendMessage(topic, bytes as Buffer, { key: Buffer.from(key), timestamp: BigInt(timestamp) })
  }
  expect(driver.flow.state()).toBe('RUNNING')
  await driver.stop()
  return producer.messagesFor('out').map(({ key, value }) => `${key?.toString('latin1')} ${value}`)
}

// flow takes other steps for a grouped table in the one and the other.
const guarantees = ['at_least_once', 'exactly_once'] as const
const oursUnder = {
  at_least_once: { flowMemory: ours.flowMemory, flowLmdb: ours.flowLmdb },
  exactly_once: { flowMemory: ours.flowMemory, flowLmdb: ours['flowLmdb, exactly once'] },
}

describe.each(guarantees)('a topology gives what it gives on the published stores, %s', processingGuarantee => {
  const config = { processingGuarantee, commitIntervalMs: 5 }
  const records = inputs(Number(process.env.MILLPOND_SEED ?? 1))
  let done = 0
  afterAll(() => tally('topologies beside kafkats', { done }))

  const outputs = (open: Open, build: (streams: Streams) => void) => outputOf(open(), build, records, config)

  /** What goes out on the peer on LMDB, and on ours. */
  const same = async (build: (streams: Streams) => void) => {
    const expected = await outputs(peers.lmdb, build)
    for (const [name, open] of Object.entries(oursUnder[processingGuarantee])) {
      expect(await outputs(open, build), name).toEqual(expected)
    }
    done += records.length
    return expected
  }

  it.concurrent.each(Object.entries(topologies))('%s', async (name, build) => {
    const output = await same(build)
    expect(await outputs(peers['in-memory'], build), 'in-memory').toEqual(output)
    expect(output.length).toBeGreaterThan(name.includes('equal times') ? 0 : RECORDS / 20)
  })

  it.concurrent.each(Object.entries(ordered))('%s', async (_, build) => {
    const output = await same(build)
    expect((await outputs(peers['in-memory'], build)).toSorted(), 'in-memory').toEqual(output.toSorted())
    expect(output.length).toBeGreaterThan(RECORDS / 20)
  })

  it.concurrent.each(Object.entries(folded))('%s', async (_, build) => {
    const output = await same(build)
    expect(output.length).toBeGreaterThan(RECORDS / 20)
  })
})
