// A Map of a million strings of 16 characters and buffers of 100 bytes, packed into one buffer: by hand, and by v8.
import { deserialize, serialize } from 'node:v8'
import { median } from '../measure.js'

const KEYS = 1_000_000
const VALUE = Buffer.alloc(100, 7)
const TURNS = 5

const map = new Map<string, Buffer>()
for (let i = 0; i < KEYS; i++) map.set(`user:${String(2 * i).padStart(11, '0')}`, Buffer.from(VALUE))

/** Keys and values behind their lengths, in one buffer. */
function pack(): Buffer {
  let size = 0
  for (const [key, value] of map) size += 8 + Buffer.byteLength(key) + value.length
  const packed = Buffer.allocUnsafe(size)
  let at = 0
  for (const [key, value] of map) {
    const length = packed.write(key, at + 4)
    packed.writeUInt32LE(length, at)
    packed.writeUInt32LE(value.length, at + 4 + length)
    value.copy(packed, at + 8 + length)
    at += 8 + length + value.length
  }
  return packed
}

function unpack(packed: Buffer): Map<string, Buffer> {
  const unpacked = new Map<string, Buffer>()
  for (let at = 0; at < packed.length; ) {
    const keyEnd = at + 4 + packed.readUInt32LE(at)
    const end = keyEnd + 4 + packed.readUInt32LE(keyEnd)
    unpacked.set(packed.toString('utf8', at + 4, keyEnd), packed.subarray(keyEnd + 4, end))
    at = end
  }
  return unpacked
}

/** Nanoseconds, the median of a few turns. */
function time(what: () => unknown): number {
  const times: number[] = []
  for (let turn = 0; turn < TURNS; turn++) {
    const start = performance.now()
    what()
    times.push((performance.now() - start) * 1e6)
  }
  return median(times)
}

const bytes = KEYS * (16 + VALUE.length)
const packed = pack()
const serialised = serialize(map)
const figures = {
  keys: KEYS,
  'pack, GB/s': bytes / time(pack),
  'v8.serialize, GB/s': bytes / time(() => serialize(map)),
  unpack: time(() => unpack(packed)),
  'v8.deserialize': time(() => deserialize(serialised)),
}
console.log(JSON.stringify(figures))
