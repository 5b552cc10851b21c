// Commits, and merges every commit before the next.
//   node merges.mjs STATE_DIR MERGES SIZE TOLD
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { lmdb } from 'millpond'
import { mergeSoon } from './merge.mjs'
import { KEYS, numbered, openBoth } from './numbered.mjs'
import { Told } from './told.mjs'

const [stateDir = '', merges, size, path = ''] = process.argv.slice(2)
const told = new Told(path)
const provider = lmdb({ stateDir, commits: 'manual', mapSize: 2 ** 32 })
const stores = openBoth(provider)
const fileSize = () => statSync(join(stateDir, 'data.mdb')).size
/** @type {number[]} */
const sizes = []

/** Resolves once all that was committed is in LMDB. */
async function merged() {
  for (mergeSoon(provider); provider.stats().overlayBytes > 0; ) await setTimeout(0)
}

const [{ acknowledged: last }] = [Told.read(path)]
for (let number = last + 1; number <= last + Number(merges); number++) {
  told.begin(number)
  for (const store of stores) {
    for (let key = 0; key < KEYS; key++) store.putSync(key, numbered(number, Number(size)))
  }
  await provider.commit({ offsets: { number } })
  told.acknowledge(number)
  await merged()
  sizes.push(fileSize())
  if (number === last + 1) console.log('writing')
}
await provider.close()
console.log(JSON.stringify({ half: sizes[sizes.length >> 1], end: sizes.at(-1) }))
