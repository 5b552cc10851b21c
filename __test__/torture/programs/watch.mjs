// Reads a directory beside its writer until its standard input ends, and must never see a part of a commit.
//   node watch.mjs STATE_DIR TOLD
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { lmdb } from 'millpond'
import { KEYS, numberOf, openBoth } from './numbered.mjs'
import { Told } from './told.mjs'

const [stateDir = '', path = ''] = process.argv.slice(2)
const reader = lmdb({ stateDir, readOnly: true })
const stores = openBoth(reader)
let refreshes = 0
let number = 0
let busy = 0
let over = false
process.stdin.on('end', () => {
  over = true
})
process.stdin.resume()

/** @param {Iterable<any>} rows @param {number} expected */
function requireAll(rows, expected) {
  let count = 0
  for (const { value } of rows) {
    assert.equal(numberOf(value), expected, `a part of commit ${expected}, ${refreshes} refreshes in`)
    count++
  }
  assert.equal(count, KEYS, `rows are missing in commit ${expected}`)
}

/** False where the writer removes the log faster than it can be read. */
async function refreshed() {
  try {
    await reader.refresh()
    return true
  } catch (error) {
    assert.equal(/** @type {any} */ (error).code, 'ERR_MILLPOND_BUSY', String(error))
    busy++
    return false
  }
}

console.log('reading')
while (!over) {
  // A loop that begins now goes on in what there was when the next refresh is over.
  const [first] = stores
  assert(first)
  const before = Number(reader.offsets().get('number'))
  const loop = first.all()[Symbol.iterator]()
  loop.next()
  const { acknowledged } = Told.read(path)
  if (await refreshed()) {
    number = Number(reader.offsets().get('number'))
    assert(number >= acknowledged, `lost: commit ${acknowledged} was acknowledged, ${number} is seen`)
    assert(number <= Told.read(path).begun, `invented: commit ${number}`)
    assert(number >= before, `commit ${number} after ${before}`)
    for (const store of stores) requireAll(store.all(), number)
    for (const store of stores) {
      for (let key = 0; key < KEYS; key += 7) assert.equal(numberOf(/** @type {any} */ (store.getSync(key))), number)
    }
    refreshes++
  }
  for (let row = loop.next(); !row.done; row = loop.next())
    assert.equal(numberOf(/** @type {any} */ (row.value).value), before, 'a loop moved on')
  await setImmediate()
}
await reader.close()
console.log(JSON.stringify({ refreshes, busy, number }))
