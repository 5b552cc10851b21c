// Fills a small file system again and again, and goes on when there is room.
//   node full.mjs STATE_DIR ROUNDS SEED TOLD BALLAST alone|own|others
// BALLAST is a file of somebody else's, which is removed when there shall be room again. With 'own' it is there from the
// beginning, and what fills up the rest is our data; with 'others' it suddenly takes all that is left. With 'alone' there is
// none, and the room has to come from what we delete.
import assert from 'node:assert/strict'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { bytes, lmdb, u32 } from 'millpond'
import { compare, lastBatch, openStores, writeBatch } from './batches.mjs'
import { mergeSoon } from './merge.mjs'
import { random } from './random.mjs'
import { Told } from './told.mjs'

const [stateDir = '', rounds, seed, path = '', ballast = '', filler] = process.argv.slice(2)
const told = new Told(path)
const below = random(Number(seed))
const PATIENCE_MS = 20_000
// More than half of the file system: what the log has must fit in beside it once more, or it can never be merged.
const OWN_BALLAST = 18 << 20
const counts = { refused: 0, failedCommits: 0, deleted: 0, batches: 0 }

const provider = lmdb({ stateDir, mapSize: 2 ** 32, commits: 'manual' })
const stores = openStores(provider)
const filling = provider.createKeyValueStore('filling', { keyCodec: u32(), valueCodec: bytes() })
let last = lastBatch(stores)
{
  const { begun, acknowledged } = Told.read(path)
  assert(last >= acknowledged, `lost: ends with batch ${last}, ${acknowledged} was acknowledged`)
  assert(last <= begun, `invented: ends with batch ${last}, ${begun} was begun`)
  compare(stores, last)
  told.acknowledge(last)
}
/** What the store that does the filling must show. @type {Map<number, number>} */
const shown = new Map(Array.from(filling.all(), ({ key, value }) => [key, value[0] ?? 0]))
let nextKey = Math.max(0, ...shown.keys()) + 1

/** Requires that an error says that there is no room, and that it may be tried again. @param {any} error */
function requireFull(error) {
  assert.equal(error.code, 'ERR_MILLPOND_FULL', String(error.stack))
  assert.equal(error.retryable, true, String(error))
}

/** Writes one batch in which all or nothing is written; false if there is no room for it. */
function writeOne() {
  const [key, value] = [nextKey, Buffer.alloc(1000 + below(60_000), 1 + below(255))]
  try {
    provider.transactionSync(() => {
      filling.putSync(key, value)
      if ((last + 1) % 3 !== 0) void writeBatch(stores, last + 1)
      else void writeBatch({ ...stores, provider: /** @type {any} */ ({ transactionSync: inside }) }, last + 1)
    })
  } catch (error) {
    requireFull(error)
    assert.equal(filling.hasSync(key), false, 'what was refused is visible')
    assert.equal(lastBatch(stores), last, 'part of what was refused is visible')
    counts.refused++
    return false
  }
  last++
  nextKey++
  counts.batches++
  shown.set(key, value[0] ?? 0)
  return true
}

/** We are inside a transaction already. @param {() => unknown} fn */
function inside(fn) {
  return fn()
}

/** Whether the commit found room. */
async function commit() {
  const batch = last
  told.begin(batch)
  try {
    await provider.commit({ offsets: { source: batch } })
    told.acknowledge(batch)
    return true
  } catch (error) {
    requireFull(error)
    counts.failedCommits++
    return false
  }
}

function readAll() {
  compare(stores, last)
  assert.equal(filling.countSync(), shown.size)
  for (const { key, value } of filling.all()) assert.equal(value[0], shown.get(key), `lost or invented: ${key}`)
}

async function fillUp() {
  for (let tries = 0; tries < 3; ) {
    if (!writeOne()) tries++
    else if (below(4) === 0 && !(await commit())) tries++
    if (below(30) === 0) mergeSoon(provider)
    if (filler === 'others' && below(60) === 0) take()
    if (below(5) === 0) await setImmediate()
  }
}

/** Somebody else takes so many bytes, or what room there is. @param {number} [size] */
function take(size = statfsSync(stateDir).bavail * statfsSync(stateDir).bsize) {
  try {
    writeFileSync(ballast, Buffer.alloc(Math.max(1, size)), { flag: 'a' })
  } catch (error) {
    assert.equal(/** @type {any} */ (error).code, 'ENOSPC')
  }
}

/** Looks at everything through many views, each of which takes a place in LMDB's table of readers. */
function readThroughMany() {
  const views = Array.from({ length: 100 }, () => provider.snapshot())
  for (const view of views) view[Symbol.dispose]()
  const loops = Array.from({ length: 200 }, () => filling.all()[Symbol.iterator]())
  for (const loop of loops) loop.next()
  for (const loop of loops) loop.return?.()
}

function deleteMost() {
  const keys = [...shown.keys()].filter(() => below(10) > 0)
  for (const key of keys) {
    filling.deleteSync(key)
    shown.delete(key)
    assert.equal(filling.hasSync(key), false)
  }
  counts.deleted += keys.length
}

async function resume() {
  const begun = performance.now()
  const goesOn = async () => {
    const ended = await commit()
    mergeSoon(provider)
    return ended && writeOne() && (await commit())
  }
  while (!(await goesOn())) {
    assert(
      performance.now() - begun < PATIENCE_MS,
      `no writes ${PATIENCE_MS} ms after there was room: ${JSON.stringify(provider.stats())}`,
    )
    await setTimeout(10)
  }
}

if (shown.size > 0) {
  // What a life before this one left, which may be all that there is room for.
  deleteMost()
  await resume()
}
for (let round = 0; round < Number(rounds); round++) {
  if (filler === 'own') take(OWN_BALLAST)
  await fillUp()
  console.log(`full ${round}`)
  readAll()
  readThroughMany()
  deleteMost()
  readAll()
  await commit()
  await setTimeout(below(50))
  rmSync(ballast, { force: true })
  await resume()
  readAll()
}
assert.deepEqual(await provider.verify(), [])
await provider.close()
console.log(JSON.stringify(counts))
