// Writes whole batches, checkpoints them, and restores checkpoints, until it is killed. Every batch writes one number to all
// rows, so that whoever looks sees whether a state is one that there was. Prints what it is at.
//   checkpoints.mjs <state directory> <checkpoint directory> <seed>          goes on until it is killed
//   checkpoints.mjs <state directory> <checkpoint directory> look            looks at both, and prints what it found
import { f64, lmdb, memory, string, u32 } from 'millpond'
import { random } from './random.mjs'

const [stateDir = '', directory = '', wish] = process.argv.slice(2)
const ROWS = 3000

/** @param {import('millpond').StateStoreProvider} provider */
function storesOf(provider) {
  const rows = provider.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: f64() })
  const hourly = provider.createWindowStore('hourly', { keyCodec: string(), valueCodec: f64(), windowSize: 10 })
  return { rows, hourly }
}

/** The number that all rows have; throws where they have not one.
 * @param {import('millpond').StateStoreProvider} provider */
function numberIn(provider) {
  const { rows, hourly } = storesOf(provider)
  const numbers = new Set(rows.values())
  for (const value of hourly.all()) numbers.add(value.value)
  const position = Number(provider.offsets().get('batches') ?? 0n)
  const [number = 0] = numbers
  const counts = [rows.countSync(), hourly.fetch('a', -1, 1e9).toArray().length]
  const isEmpty = counts[0] === 0 && counts[1] === 0 && position === 0
  if (!isEmpty && (numbers.size !== 1 || number !== position || counts[0] !== ROWS || counts[1] !== 20)) {
    throw new Error(`rows of ${[...numbers]}, the offset ${position}, ${counts} rows`)
  }
  return position
}

/** @param {import('millpond').LmdbProvider} provider @param {number} number */
async function write(provider, number) {
  const { rows, hourly } = storesOf(provider)
  provider.transactionSync(() => {
    for (let key = 0; key < ROWS; key++) rows.putSync(key, number)
    for (let start = 0; start < 20; start++) hourly.putSync('a', number, start)
  })
  await provider.commit({ offsets: { batches: number } })
}

const provider = lmdb({ stateDir, commits: 'manual' })
const found = numberIn(provider)
if (wish === 'look') {
  const problems = await provider.verify()
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  const restored = memory()
  const { offsets } = await restored.restoreCheckpoint(directory).catch(error => {
    if (error.code !== 'ERR_MILLPOND_NO_CHECKPOINT') throw error
    return { offsets: new Map() }
  })
  const number = Number(offsets.get('batches') ?? 0n)
  if (number !== numberIn(restored)) throw new Error(`the checkpoint says ${number} and has other rows`)
  console.log(JSON.stringify({ found, number }))
  await provider.close()
} else {
  const below = random(Number(wish))
  let next = found + 1
  console.log('up')
  for (;;) {
    await write(provider, next++)
    const choice = below(4)
    if (choice === 0) await provider.checkpoint(directory, { incremental: below(3) > 0, retain: 2 })
    if (choice === 1) {
      await provider.restoreCheckpoint(directory).catch(error => {
        if (error.code !== 'ERR_MILLPOND_NO_CHECKPOINT') throw error
      })
      numberIn(provider)
    }
  }
}
