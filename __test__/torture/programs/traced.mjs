// Puts, commits and merges, and writes a line to standard error at each step, for whoever traces its calls.
//   node traced.mjs STATE_DIR auto|manual
import { writeSync } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { bytes, lmdb, u32 } from 'millpond'
import { mergeSoon } from './merge.mjs'

const [stateDir = '', mode] = process.argv.slice(2)
const commits = mode === 'manual' ? 'manual' : 'auto'
/** @param {string} step */
const mark = step => writeSync(2, `MARK ${step}\n`)

const provider = lmdb({ stateDir, commits })
const rows = provider.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: bytes() })
await provider.commit()

mark('begin')
for (let round = 0; round < 5; round++) {
  mark(`put ${round}`)
  const put = rows.put(round, Buffer.alloc(1000, round))
  await (commits === 'auto' ? put : provider.commit({ offsets: { source: round } }))
  mark(`durable ${round}`)
}
for (let batch = 0; batch < 50; batch++) {
  for (let i = 0; i < 100; i++) rows.putSync(100 + i, Buffer.alloc(200, batch))
  if (batch % 10 === 0) mergeSoon(provider)
  if (commits === 'manual') void provider.commit()
  rows.getSync(100 + batch)
  rows.countSync()
  await setImmediate()
}
await provider.commit()
for (mergeSoon(provider); provider.stats().overlayBytes > 0; ) await setTimeout(5)
mark('end')
await provider.close()
mark('closed')
