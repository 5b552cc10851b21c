// A flow application on millpond/kafkats that something ends: opens its directory, compares it with the changelogs, and
// goes on with its input.
//   node kafkats.mjs STATE_DIR at_least_once|exactly_once BROKER EVENTS          goes on
//   node kafkats.mjs STATE_DIR at_least_once|exactly_once BROKER EVENTS FUSE     the same, and throws at so many events
//   node kafkats.mjs STATE_DIR at_least_once|exactly_once BROKER EVENTS end      to the end, and prints what it counted
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { codec, flow, SessionWindows, TimeWindows } from '@kafkats/flow'
import { flowLmdb } from 'millpond/kafkats'
import { Broker, clientOf } from '../../kafkats/broker.mjs'

const [stateDir = '', guarantee, path = '', events = '', until] = process.argv.slice(2)
const processingGuarantee = guarantee === 'exactly_once' ? guarantee : 'at_least_once'
const WINDOW = 10_000
const GAP = 2000
const KEYS = 50

const broker = new Broker(path)
broker.provide('events', eventsOf(Number(events)))
// By now it is our work that a kill hits.
writeSync(1, 'up\n')
await compare()
writeSync(1, 'compared\n')
await run()

/** @param {number} count */
function eventsOf(count) {
  return Array.from({ length: count }, (_, i) => ({
    key: Buffer.from(`key ${(i * 7919) % KEYS}`),
    value: Buffer.from('1'),
    // Mostly in order; the span stays below the retention of windows, whose expiry no changelog tells of.
    timestamp: BigInt(10_000 + i * 8 - (i % 5) * 300),
  }))
}

function open() {
  const provider = flowLmdb({ stateDir, processingGuarantee, mapSize: 2 ** 32 })
  const codecs = { keyCodec: codec.buffer(), valueCodec: codec.buffer() }
  return {
    provider,
    stores: {
      counts: provider.createKeyValueStore('counts', codecs),
      windows: provider.createWindowStore('windows', { ...codecs, windowSizeMs: WINDOW, retentionMs: WINDOW * 24 }),
      sessions: provider.createSessionStore('sessions', { ...codecs, retentionMs: GAP * 24 }),
    },
  }
}

/** What a store holds, as its changelog has it: by key, the value, both in hex. @param {AsyncIterable<[any, Buffer]>} entries */
async function contentsOf(entries) {
  const contents = new Map()
  for await (const [key, value] of entries) contents.set(changelogKey(key).toString('hex'), value.toString('hex'))
  return contents
}

/** @param {Buffer | { key: Buffer, windowStart: number, windowEnd: number }} key */
function changelogKey(key) {
  if (Buffer.isBuffer(key)) return key
  const times = Buffer.alloc(16)
  times.writeBigInt64BE(BigInt(key.windowStart), 0)
  times.writeBigInt64BE(BigInt(key.windowEnd), 8)
  return Buffer.concat([key.key, times])
}

/** Looks whether state and positions agree. */
async function compare() {
  const { provider, stores } = open()
  for (const [name, store] of Object.entries(stores)) {
    const topic = `app-${name}-changelog`
    const position = Number((await provider.getChangelogCheckpointStore().get(topic, 0)) ?? 0n)
    assert(position <= broker.records(topic).length, `${name}: position ${position} is beyond the changelog`)
    const contents = await contentsOf(store.all())
    const expected = broker.replay(topic, position)
    if (processingGuarantee === 'exactly_once') {
      assert.deepEqual(contents, expected, `${name}: the state is not what position ${position} stands for`)
      continue
    }
    // Sessions come and go; what replaces one comes before the position of its removal.
    if (name === 'sessions') continue
    for (const [key, value] of expected) {
      assert(numberOf(contents.get(key)) >= numberOf(value), `${name}: position ${position} leads the state at ${key}`)
    }
  }
  await provider.close()
}

/** @param {string | undefined} hex */
function numberOf(hex) {
  return hex === undefined ? 0 : Number(Buffer.from(hex, 'hex').toString())
}

async function run() {
  const { client, consumers } = clientOf(broker)
  const provider = flowLmdb({ stateDir, processingGuarantee, mapSize: 2 ** 32 })
  const app = flow({
    applicationId: 'app',
    client,
    stateStoreProvider: provider,
    processingGuarantee,
    commitIntervalMs: 5,
  })
  const stream = app.stream('events', { key: codec.string(), value: codec.json() })
  const value = codec.json()
  stream.groupByKey().count({ storeName: 'counts', value })
  stream.groupByKey().windowedBy(TimeWindows.of(WINDOW)).count({ storeName: 'windows', value })
  stream.groupByKey().windowedBy(SessionWindows.withInactivityGap(GAP)).count({ storeName: 'sessions', value })
  // Behind the counts: what they wrote is of a transaction that is aborted, or is counted again.
  let fuse = Number(until)
  const blown = new Promise(resolve => {
    stream.peek(() => {
      if (--fuse !== 0) return
      resolve('blown')
      throw new Error('on purpose')
    })
  })
  await app.start()
  const consumer = consumers[0]
  assert(consumer)
  const outcome = await Promise.race([once(consumer, 'drained'), blown])
  await app.close()
  if (outcome === 'blown') console.log('blown')
  if (until === 'end') {
    await compare()
    console.log(JSON.stringify(await countsOf()))
  }
}

/** How often each key was counted, in all stores. */
async function countsOf() {
  const { provider, stores } = open()
  /** @type {Record<string, Record<string, number>>} */
  const sums = {}
  for (const [name, store] of Object.entries(stores)) {
    /** @type {Record<string, number>} */
    const sum = {}
    for await (const [key, value] of /** @type {AsyncIterable<[any, Buffer]>} */ (store.all())) {
      const of = String(Buffer.isBuffer(key) ? key : key.key)
      sum[of] = (sum[of] ?? 0) + Number(value.toString())
    }
    sums[name] = sum
  }
  await provider.close()
  return sums
}
