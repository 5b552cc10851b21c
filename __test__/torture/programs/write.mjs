// Opens a directory, compares it with what it was told, and writes batch after batch until something ends it.
//   node write.mjs STATE_DIR auto|manual SEED TOLD
//   node write.mjs STATE_DIR auto|manual look TOLD      compares, and no more
import assert from 'node:assert/strict'
import { writeSync } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { lmdb } from 'millpond'
import { compare, lastBatch, openStores, writeBatch, writeRows } from './batches.mjs'
import { mergeSoon } from './merge.mjs'
import { random } from './random.mjs'
import { endings, Told } from './told.mjs'

const [stateDir = '', mode, seed = '', path = ''] = process.argv.slice(2)
const commits = mode === 'manual' ? 'manual' : 'auto'
const COMMIT_EVERY = 5
const told = new Told(path)
const below = random(Number(seed) || 1)
// By now it is JavaScript that runs: a kill from here on hits our work.
writeSync(1, 'up\n')

/** Opens, and compares with what is told; returns what it found. */
function open() {
  told.enter('opening')
  const provider = lmdb({ stateDir, commits, mapSize: 2 ** 32 })
  const stores = openStores(provider)
  const last = lastBatch(stores)
  told.enter('verifying')
  const { begun, acknowledged, ending = 0, expected = 0 } = Told.read(path)
  assert(last >= acknowledged, `lost: ends with batch ${last}, ${acknowledged} was acknowledged`)
  assert(last <= begun, `invented: ends with batch ${last}, ${begun} was begun`)
  if (ending > 0) assert.equal(last, expected, `lost or invented: the last life ended by ${endings[ending]}`)
  if (commits === 'manual') {
    assert.equal(last % COMMIT_EVERY, 0, `invented: batch ${last} was no commit`)
    assert.equal(Number(provider.offsets().get('source') ?? 0n), last, 'state and offsets disagree')
  }
  compare(stores, last)
  // Recovery made durable what it found.
  told.cut()
  told.acknowledge(last)
  told.begin(last)
  return { provider, stores, last }
}

/** @param {Awaited<ReturnType<typeof open>>} opened @param {number} count of batches; returns the last that will be found */
async function write({ provider, stores, last }, count) {
  let ended = last
  for (let batch = last + 1; batch <= last + count; batch++) {
    if (commits === 'auto') {
      told.begin(batch)
      const durable = writeBatch(stores, batch).then(() => told.acknowledge(batch))
      await (below(3) === 0 ? durable : setImmediate())
      ended = batch
    } else {
      await writeBatch(stores, batch)
      if (batch % COMMIT_EVERY === 0) {
        told.begin(batch)
        const durable = provider.commit({ offsets: { source: batch } }).then(() => told.acknowledge(batch))
        ended = batch
        if (below(3) > 0) await durable
      }
    }
    if (below(40) === 0) mergeSoon(provider)
    if (below(200) === 0) provider.compact().catch(ignoreBusy)
    if (below(30) === 0) await setTimeout(below(4))
  }
  return ended
}

/** @param {unknown} error */
function ignoreBusy(error) {
  const { code } = /** @type {{ code?: string }} */ (error)
  if (code !== 'ERR_MILLPOND_BUSY' && code !== 'ERR_MILLPOND_CLOSED') throw error
}

/** Ends the life; returns only where the process lives on. @param {Awaited<ReturnType<typeof open>>} opened @param {number} last */
async function end({ provider, stores }, last) {
  told.enter('ending')
  // The stretch that wrote the last batch is over from here on.
  await setImmediate()
  const how = endings[1 + below(endings.length - 1)] ?? 'close'
  let expected = last
  if (how !== 'exit in a transaction' && below(2) === 0) {
    // With 'auto' even the stretch that runs is kept; with 'manual' nothing after the last commit is.
    const running = last + 1
    if (commits === 'auto') {
      told.begin(running)
      expected = running
    }
    void writeBatch(stores, running)
  }
  told.end(how, expected)
  switch (how) {
    case 'exit':
      if (below(2) === 0) void provider.close()
      return process.exit(0)
    case 'exit in a transaction':
      return provider.transactionSync(() => {
        writeRows(stores, last + 1)
        process.exit(0)
      })
    case 'throw':
      return setImmediate().then(() => {
        process.nextTick(() => {
          throw new Error('on purpose')
        })
        return new Promise(() => {})
      })
    case 'nothing left to do':
      // The warning of a provider that was not closed has nobody to read it.
      return new Promise(() => {})
    default:
      await provider.close()
  }
}

if (seed === 'look') {
  const { provider, last } = open()
  await provider.close()
  console.log(last)
  process.exit()
}
for (;;) {
  const opened = open()
  told.enter('writing')
  await end(opened, await write(opened, below(300)))
}
