import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../../scripts/platform.mjs'
import { crc32c } from '../../../src/portable/crc32c.js'
import { readPacked } from '../../../src/portable/packed-reader.js'
import { PackedWriter } from '../../../src/portable/packed-writer.js'

/** What it holds crates/millpond/tests/golden.rs says. */
const golden = readFileSync(join(root, 'crates/millpond/tests/golden/v1/snapshot'))

const description = {
  id: Buffer.alloc(16, 7),
  timestamp: -5,
  name: 'counts',
  definition: Buffer.alloc(0),
  metadata: Buffer.alloc(0),
}

function pack(entries: Iterable<{ key: string; value: Uint8Array }>): Buffer {
  const written: Buffer[] = []
  const writer = new PackedWriter(description, undefined, bytes => void written.push(bytes))
  for (const { key, value } of entries) writer.push(key, value)
  writer.finish()
  return Buffer.concat(written)
}

const corrupt = expect.objectContaining({
  code: 'ERR_MILLPOND_CORRUPTION',
  message: expect.stringMatching(/^snapshot: /),
})

describe('packed snapshots in TypeScript', () => {
  it('give back what was packed: nothing, one entry, three levels of pages', () => {
    const many = Array.from({ length: 3000 }, (_, i) => {
      return { key: `${i}`.padStart(1500, '0'), value: Buffer.from(`${i}`) }
    })
    for (const entries of [[], many.slice(0, 1), many]) expect(readPacked(pack(entries)).entries).toEqual(entries)
  })

  it('refuse keys that do not ascend', () => {
    const writer = new PackedWriter(description, undefined, () => {})
    writer.push('b', Buffer.alloc(0))
    for (const key of ['b', 'a', '']) expect(() => writer.push(key, Buffer.alloc(0))).toThrow(/ascend/)
  })

  it('are corrupt with any bit flipped', () => {
    for (let bit = 0; bit < golden.length * 8; bit += 61) {
      const changed = Buffer.from(golden)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => readPacked(changed)).toThrow(corrupt)
    }
  })

  it('are corrupt when cut off anywhere, and with a byte more', () => {
    for (let length = 0; length < golden.length; length += length < 200 ? 1 : 37) {
      expect(() => readPacked(golden.subarray(0, length))).toThrow(corrupt)
    }
    for (let cut = 1; cut < 200; cut++) expect(() => readPacked(golden.subarray(0, -cut))).toThrow(corrupt)
    expect(() => readPacked(Buffer.concat([golden, Buffer.alloc(1)]))).toThrow(corrupt)
  })

  it('of a later version are refused as such', () => {
    const later = Buffer.from(golden)
    later.writeUInt32LE(2, 8)
    later.writeUInt32LE(crc32c(later.subarray(0, 12)), 12)
    expect(() => readPacked(later)).toThrow(expect.objectContaining({ code: 'ERR_MILLPOND_UNUSABLE' }))
  })
})

it('CRC-32C is that of RFC 3720, of bytes in pieces too', () => {
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
  expect(crc32c(Buffer.from('6789'), crc32c(Buffer.from('12345')))).toBe(0xe3069283)
})
