// Batches that their number alone decides, and what the stores hold after them.
import assert from 'node:assert/strict'
import { bytes, dictionary, f64, string, struct, u32 } from 'millpond'
import { random } from './random.mjs'

const KEYS = 300
/** The store of recent rows is cleared by every batch of such a number: what it holds follows from the few after it. */
const CLEARED_EVERY = 128
const SLOTS = 997
/** So many batches write the same string, which the first of them has a code for. */
const SAME_STRING = 4

/** @typedef {ReturnType<typeof openStores>} Stores */

/** @param {import('millpond').StateStoreProvider} provider */
export function openStores(provider) {
  return {
    provider,
    recent: provider.createKeyValueStore('recent', { keyCodec: string(), valueCodec: bytes() }),
    slots: provider.createKeyValueStore('slots', { keyCodec: u32(), valueCodec: f64() }),
    coded: provider.createKeyValueStore('coded', {
      keyCodec: dictionary(),
      valueCodec: struct({ group: dictionary(), batch: f64() }),
    }),
    meta: provider.createKeyValueStore('meta', { keyCodec: string(), valueCodec: f64() }),
  }
}

/** @param {number} batch @returns {Generator<{ key: string, value: Buffer | undefined }>} */
function* writesOf(batch) {
  const below = random(batch)
  const count = below(50) === 0 ? 200 : 1 + below(8)
  for (let i = 0; i < count; i++) {
    const key = below(60) === 0 ? '' : `key ${below(KEYS)}`
    const size = below(60) === 0 ? 20_000 + below(100_000) : below(300)
    yield { key, value: below(8) === 0 ? undefined : Buffer.alloc(size, 1 + below(255)) }
  }
}

/** Writes a batch, in one stretch; the promise is of its last put. @param {Stores} stores @param {number} batch */
export function writeBatch(stores, batch) {
  if (batch % 3 === 0) stores.provider.transactionSync(() => writeRows(stores, batch))
  else writeRows(stores, batch)
  return stores.meta.put('batch', batch)
}

/** @param {Stores} stores @param {number} batch */
export function writeRows({ recent, slots, coded, meta }, batch) {
  if (batch % CLEARED_EVERY === 0) void recent.clear()
  for (const { key, value } of writesOf(batch)) {
    if (value === undefined) recent.deleteSync(key)
    else recent.putSync(key, value)
  }
  slots.putSync(batch % SLOTS, batch)
  coded.putSync(`slot ${batch % SLOTS}`, { group: groupOf(batch), batch })
  meta.addSync('sum', batch)
}

/** @param {number} batch */
const groupOf = batch => `group ${Math.floor(batch / SAME_STRING)}`

/** The last batch that the stores hold. @param {Stores} stores */
export function lastBatch({ meta }) {
  return meta.getSync('batch') ?? 0
}

/** Throws unless the stores hold what so many batches make. @param {Stores} stores @param {number} last */
export function compare({ recent, slots, coded, meta }, last) {
  const found = recent.all().toArray()
  const expected = [...recentAfter(last)].sort(([a], [b]) => (a < b ? -1 : 1))
  assert.deepEqual(
    found.map(({ key }) => key),
    expected.map(([key]) => key),
    `the keys after batch ${last}`,
  )
  for (const [index, [key, value]] of expected.entries()) {
    assert(found[index] && value.equals(found[index].value), `${key} is another batch's after batch ${last}`)
  }
  assert.equal(meta.getSync('sum') ?? 0, (last * (last + 1)) / 2, `the sum after batch ${last}`)
  assert.equal(slots.countSync(), Math.min(last, SLOTS), `the slots after batch ${last}`)
  for (const { key, value } of slots.all()) {
    const batch = newest(key, last)
    assert.equal(value, batch, `slot ${key} after batch ${last}`)
    assert.deepEqual(coded.getSync(`slot ${key}`), { group: groupOf(batch), batch }, `slot ${key}, after batch ${last}`)
  }
  assert.equal(coded.countSync(), slots.countSync(), `the strings after batch ${last}`)
}

/** @param {number} last @returns {Map<string, Buffer>} */
function recentAfter(last) {
  const rows = new Map()
  for (let batch = last - (last % CLEARED_EVERY); batch <= last; batch++) {
    if (batch === 0) continue
    for (const { key, value } of writesOf(batch)) {
      if (value === undefined) rows.delete(key)
      else rows.set(key, value)
    }
  }
  return rows
}

/** The newest batch up to `last` that writes to a slot. @param {number} slot @param {number} last */
function newest(slot, last) {
  return last - ((((last - slot) % SLOTS) + SLOTS) % SLOTS)
}
