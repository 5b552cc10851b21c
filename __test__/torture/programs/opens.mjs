// Opens and closes a directory again and again, and counts what the process has left of it.
//   node --expose-gc opens.mjs STATE_DIR TIMES
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { lmdb, string, u32 } from 'millpond'

const [stateDir = '', times] = process.argv.slice(2)
const definition = { keyCodec: string(), valueCodec: u32() }

/** @param {number} time */
async function openAndClose(time) {
  const one = lmdb({ stateDir })
  const rows = one.createKeyValueStore('rows', definition)
  assert.equal(rows.getSync('times') ?? time, time)
  if (time % 3 === 0) rows.putSync('times', time + 1)
  else await rows.put('times', time + 1)
  if (time % 5 === 4) {
    const reader = lmdb({ stateDir, readOnly: true })
    reader.createKeyValueStore('rows', definition).all().toArray()
    await reader.close()
  }
  await one.close()
}

const left = () => ({
  files: readdirSync('/proc/self/fd').length,
  threads: readdirSync('/proc/self/task').length,
})

// The allocator and the collector settle over thousands of opens.
const warmUp = Number(times) / 2
/** @type {ReturnType<typeof left> | undefined} */
let before
let rss = 0
for (let time = 0; time < Number(times); time++) {
  await openAndClose(time)
  if (time === Math.floor(warmUp)) {
    globalThis.gc?.()
    before = left()
    rss = process.memoryUsage.rss()
  }
}
globalThis.gc?.()
// A thread that ended may be listed a moment longer.
await new Promise(resolve => setTimeout(resolve, 100))
assert.deepEqual(left(), before, 'something is left of closed directories')
const grown = process.memoryUsage.rss() - rss
assert(grown < 32 << 20, `${grown} bytes more after half of ${times} times`)
console.log(JSON.stringify({ ...before, grownKiB: Math.round(grown / 1024) }))
