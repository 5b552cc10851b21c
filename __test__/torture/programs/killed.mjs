// Awaits twenty puts, and is killed.
//   node killed.mjs STATE_DIR
import { lmdb, string, u32 } from 'millpond'

const one = lmdb({ stateDir: process.argv[2] ?? '' })
const rows = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })
for (let i = 0; i < 20; i++) await rows.put(`key ${i}`, i)
process.kill(process.pid, 'SIGKILL')
await new Promise(() => {})
