// A stand-in for Kafka, as far as flow asks: topics of one partition, in memory, and in a file that outlives the process
// if there is a path. Flow itself is the published one.
import { EventEmitter } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { KafkaClient } from '@kafkats/client'

/**
 * @typedef {{ key: Buffer | null, value: Buffer | null, timestamp: bigint }} Kept
 * @typedef {{ topic: string, key?: Buffer | null, value: Buffer | null }} Sent
 * @typedef {{ topic: string, offset: bigint | number }} Position
 * @typedef {(message: any, context: any) => Promise<void>} Handler
 */

/** What topics hold, where a transaction's marker takes an offset too, and how far sources are consumed. */
export class Broker {
  /** @type {Map<string, (Kept | null)[]>} */
  topics = new Map()
  /** @type {Map<string, number>} */
  consumed = new Map()
  #file = -1

  /** @param {string} [path] */
  constructor(path) {
    if (path === undefined) return
    if (existsSync(path)) this.#read(path)
    this.#file = openSync(path, 'a')
  }

  /** A line is written by one call: a kill leaves all of it or, at the end, a part. @param {string} path */
  #read(path) {
    const bytes = readFileSync(path)
    const whole = bytes.lastIndexOf(10) + 1
    if (whole < bytes.length) truncateSync(path, whole)
    for (const line of bytes.toString('latin1', 0, whole).split('\n')) if (line) this.#apply(JSON.parse(line))
  }

  /** @param {{ records: [string, string | null, string | null][], ends: string, consumed: [string, number][] }} line */
  #apply({ records, ends, consumed }) {
    const topics = new Set()
    for (const [topic, key, value] of records) {
      topics.add(topic)
      const kept = { key: bytesOf(key), value: bytesOf(value), timestamp: 0n }
      this.records(topic).push(ends === 'abort' ? null : kept)
    }
    if (ends !== '') for (const topic of topics) this.records(topic).push(null)
    for (const [topic, next] of consumed) this.consumed.set(topic, next)
  }

  /**
   * @param {readonly Sent[]} sent
   * @param {'' | 'commit' | 'abort'} ends the transaction that they were
   * @param {readonly Position[]} consumed
   */
  append(sent, ends = '', consumed = []) {
    const line = {
      records: sent.map(({ topic, key, value }) => /** @type {any} */ ([topic, textOf(key), textOf(value)])),
      ends,
      consumed: consumed.map(({ topic, offset }) => /** @type {[string, number]} */ ([topic, Number(offset)])),
    }
    if (this.#file >= 0) writeSync(this.#file, `${JSON.stringify(line)}\n`)
    this.#apply(line)
  }

  /** @param {string} topic */
  records(topic) {
    const records = this.topics.get(topic) ?? []
    this.topics.set(topic, records)
    return records
  }

  /** What a source holds: in memory alone. @param {string} topic @param {Kept[]} records */
  provide(topic, records) {
    this.topics.set(topic, records)
  }

  /** What a changelog comes to up to a position: by key, the last value, both in hex. @param {string} topic @param {number} to */
  replay(topic, to) {
    /** @type {Map<string, string>} */
    const state = new Map()
    for (const record of this.records(topic).slice(0, to)) {
      if (!record?.key) continue
      const key = record.key.toString('hex')
      if (record.value === null) state.delete(key)
      else state.set(key, record.value.toString('hex'))
    }
    return state
  }

  close() {
    if (this.#file >= 0) closeSync(this.#file)
  }
}

/** @param {Buffer | null | undefined} bytes */
const textOf = bytes => bytes?.toString('base64') ?? null
/** @param {string | null} text */
const bytesOf = text => (text === null ? null : Buffer.from(text, 'base64'))

/** The topics that flow consumes, by time. */
class SourceConsumer extends EventEmitter {
  #paused = new Set()
  #stopped = false
  /** @param {Broker} broker */
  constructor(broker) {
    super()
    this.broker = broker
  }

  /** @param {Position[]} partitions */
  pause(partitions) {
    for (const { topic } of partitions) this.#paused.add(topic)
  }

  /** @param {Position[]} partitions */
  resume(partitions) {
    for (const { topic } of partitions) this.#paused.delete(topic)
  }

  stop() {
    this.#stopped = true
  }

  /** @param {string[]} topics @param {Handler} handler @param {{ commitOffsets?: boolean }} [options] */
  async runEach(topics, handler, { commitOffsets = true } = {}) {
    this.emit(
      'partitionsAssigned',
      topics.map(topic => ({ topic, partition: 0 })),
    )
    this.emit('running')
    const next = new Map(topics.map(topic => [topic, this.broker.consumed.get(topic) ?? 0]))
    for (let handled = 0; !this.#stopped; ) {
      const topic = this.#earliest(next)
      if (topic === undefined) {
        if (this.#paused.size === 0) this.emit('drained')
        await setImmediate()
        continue
      }
      const offset = next.get(topic) ?? 0
      await handler(messageOf(topic, offset, this.broker.records(topic)[offset]), contextOf(topic, offset))
      next.set(topic, offset + 1)
      // As a consumer commits every so often, when it commits by itself.
      const consumed = Array.from(next, ([topic, offset]) => ({ topic, offset }))
      if (commitOffsets && ++handled % 16 === 0) this.broker.append([], '', consumed)
      await setImmediate()
    }
    this.emit('stopped')
  }

  /** @param {Map<string, number>} next */
  #earliest(next) {
    let earliest
    let time = 0n
    for (const [topic, offset] of next) {
      const record = this.#paused.has(topic) ? undefined : this.broker.records(topic)[offset]
      if (record && (earliest === undefined || record.timestamp < time)) [earliest, time] = [topic, record.timestamp]
    }
    return earliest
  }
}

/** A changelog that flow restores from. */
class RestoreConsumer extends EventEmitter {
  /** @param {Broker} broker */
  constructor(broker) {
    super()
    this.broker = broker
  }

  pause() {}

  /**
   * @param {string[]} _ @param {Handler} handler
   * @param {{ assignment: { topic: string, offset: bigint }[], signal: AbortSignal }} options
   */
  async runEach(_, handler, { assignment, signal }) {
    this.emit('running')
    for (const { topic, offset } of assignment) {
      const records = this.broker.records(topic)
      for (let at = Number(offset); at < records.length && !signal.aborted; at++) {
        if (records[at]) await handler(messageOf(topic, at, records[at]), contextOf(topic, at))
      }
      this.emit('fetchPosition', { topic, partition: 0, offset: BigInt(records.length) }, 0)
    }
  }
}

/** @param {string} topic @param {number} offset @param {Kept | null | undefined} record */
const messageOf = (topic, offset, record) => ({ ...record, topic, partition: 0, offset: BigInt(offset), headers: {} })

/** @param {string} topic @param {number} offset */
function contextOf(topic, offset) {
  return { topic, partition: 0, offset: BigInt(offset), signal: new AbortController().signal, groupId: 'group' }
}

class Producer {
  /** @param {Broker} broker */
  constructor(broker) {
    this.broker = broker
  }

  /** @param {string} topic @param {{ key?: Buffer | null, value: Buffer | null }} message */
  async send(topic, message) {
    // The answer of a broker takes a while.
    await setImmediate()
    this.broker.append([{ topic, ...message }])
    return { topic, partition: 0, offset: BigInt(this.broker.records(topic).length - 1) }
  }

  /** @param {(tx: any) => Promise<void>} work */
  async transaction(work) {
    /** @type {Sent[]} */
    const sent = []
    /** @type {Position[]} */
    const consumed = []
    try {
      await work({
        /** @param {string} topic @param {{ key?: Buffer | null, value: Buffer | null }} message */
        send: async (topic, message) => {
          const before = sent.filter(record => record.topic === topic).length
          sent.push({ topic, ...message })
          return { topic, partition: 0, offset: BigInt(this.broker.records(topic).length + before) }
        },
        /** @param {unknown} _ @param {Position[]} offsets */
        sendOffsets: async (_, offsets) => void consumed.push(...offsets),
      })
    } catch (error) {
      this.broker.append(sent, 'abort')
      throw error
    }
    await setImmediate()
    this.broker.append(sent, 'commit', consumed)
  }

  async disconnect() {}
}

/** A client of flow's that talks to this broker. `consumers` are those of the sources. @param {Broker} broker */
export function clientOf(broker) {
  /** @type {SourceConsumer[]} */
  const consumers = []
  const client = new KafkaClient({ clientId: 'test', brokers: ['localhost:9092'], logLevel: 'silent' })
  const admin = {
    describeTopics: async () => [{ partitions: [{ partitionIndex: 0 }] }],
    /** @param {string} topic @param {number[]} partitions @param {string} which */
    fetchTopicOffsets: async (topic, partitions, which) => {
      const end = which === 'earliest' ? 0 : broker.records(topic).length
      return new Map(partitions.map(partition => [partition, BigInt(end)]))
    },
  }
  const methods = {
    connect: async () => {},
    disconnect: async () => {},
    admin: () => admin,
    createTopics: async () => {},
    producer: () => new Producer(broker),
    /** @param {string[]} topics */
    getMetadata: async topics => ({
      topics: new Map(topics.map(topic => [topic, { partitions: new Map([[0, {}]]) }])),
    }),
    /** @param {{ groupId: string }} config */
    consumer({ groupId }) {
      if (groupId.includes('-restorer-')) return new RestoreConsumer(broker)
      const consumer = new SourceConsumer(broker)
      consumers.push(consumer)
      return consumer
    },
  }
  return { client: Object.assign(client, /** @type {any} */ (methods)), consumers }
}
