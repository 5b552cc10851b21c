// flow's TestDriver, with what it lacks in 0.12.0 for a provider that has a checkpoint store: its producer answers a send
// with nothing, and flow asks the answer for the offset. And it connects to nothing, as a driver of tests should.

import type { KafkaClient } from '@kafkats/client'
import type { StateStoreProvider } from '@kafkats/flow'
import { MockProducer, TestDriver } from '@kafkats/flow/testing'

type Send = MockProducer['send']
const { send } = MockProducer.prototype
const ends = new WeakMap<MockProducer, Map<string, bigint>>()

MockProducer.prototype.send = async function (this: MockProducer, ...args: Parameters<Send>) {
  await send.apply(this, args)
  const offsets = ends.get(this) ?? new Map<string, bigint>()
  ends.set(this, offsets)
  const [topic] = args
  const offset = offsets.get(topic) ?? 0n
  offsets.set(topic, offset + 1n)
  return { topic, partition: 0, offset } as any
}

/** A driver of an application on a provider. */
export function driverOn(stateStoreProvider: StateStoreProvider, config: ConstructorParameters<typeof TestDriver>[0]) {
  const driver = new TestDriver({ ...config, stateStoreProvider })
  const { client } = driver as unknown as { client: KafkaClient }
  client.getMetadata = async () => {
    throw new Error('No brokers available')
  }
  return driver
}
