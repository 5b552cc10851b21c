// A thread that has a directory open, writes to it, and tells by shared memory what was acknowledged, until it is ended.
import { parentPort, workerData } from 'node:worker_threads'
import { lmdb } from 'millpond'
import { openStores, writeBatch } from './batches.mjs'
import { mergeSoon } from './merge.mjs'

/** @type {{ stateDir: string, last: number, told: Int32Array }} */
const { stateDir, last, told } = workerData
const stores = openStores(lmdb({ stateDir, mapSize: 2 ** 32 }))
parentPort?.postMessage('open')
for (let batch = last + 1; ; batch++) {
  Atomics.store(told, 0, batch)
  const durable = writeBatch(stores, batch).then(() => Atomics.store(told, 1, batch))
  if (batch % 3 > 0) await durable
  else await new Promise(setImmediate)
  if (batch % 50 === 0) mergeSoon(stores.provider)
}
