// Threads that are terminated in flight, one after the other and with one directory, which this thread reads meanwhile.
//   node threads.mjs STATE_DIR ROUNDS SEED
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { lmdb } from 'millpond'
import { compare, lastBatch, openStores } from './batches.mjs'
import { random } from './random.mjs'

const [stateDir = '', rounds, seed] = process.argv.slice(2)
const below = random(Number(seed))
// That of ./share.mjs: a process has one map of a file, and a writer must not want a larger one than a reader keeps open.
const MAP_SIZE = 2 ** 32
const told = new Int32Array(new SharedArrayBuffer(8))
let last = 0
const counts = { opening: 0, readBeside: 0 }

/** Opens the directory beside the thread that writes it, and looks at it a few times. */
async function readBeside() {
  const reader = lmdb({ stateDir, mapSize: MAP_SIZE, readOnly: true })
  const stores = openStores(/** @type {any} */ (reader))
  for (let look = 0; look < 3; look++) {
    const [, acknowledged = 0] = told
    await reader.refresh()
    const seen = lastBatch(stores)
    assert(seen >= acknowledged, `lost: batch ${acknowledged} was acknowledged, a reader sees ${seen}`)
    assert(seen <= (told[0] ?? 0), `invented: a reader sees batch ${seen}`)
    compare(stores, seen)
    await setTimeout(below(10))
  }
  counts.readBeside++
  return { reader, stores }
}

for (let round = 0; round < Number(rounds); round++) {
  const worker = new Worker(new URL('share.mjs', import.meta.url), { workerData: { stateDir, last, told } })
  /** @type {Awaited<ReturnType<typeof readBeside>> | undefined} */
  let beside
  if (below(4) > 0) {
    await once(worker, 'message')
    assert.throws(() => lmdb({ stateDir }), { code: 'ERR_MILLPOND_LOCKED' }, 'the directory is not locked')
    if (last > 0 && below(2) === 0) beside = await readBeside()
    await setTimeout(below(40))
  } else {
    // Somewhere while it starts or opens.
    counts.opening++
    await Promise.race([once(worker, 'message'), setTimeout(below(100))])
  }
  await worker.terminate()
  const provider = lmdb({ stateDir, mapSize: MAP_SIZE })
  const stores = openStores(provider)
  last = lastBatch(stores)
  const [begun = 0, acknowledged = 0] = told
  assert(last >= acknowledged, `lost: ends with batch ${last}, ${acknowledged} was acknowledged`)
  assert(last <= begun, `invented: ends with batch ${last}, ${begun} was begun`)
  compare(stores, last)
  await beside?.reader.refresh()
  if (beside) compare(beside.stores, last)
  await provider.close()
  await beside?.reader.close()
  told.set([last, last])
}
console.log(JSON.stringify({ batches: last, ...counts }))
