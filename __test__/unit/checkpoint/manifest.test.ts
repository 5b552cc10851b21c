import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { memory } from '../../../src/index.js'
import { StorageInMemory } from '../../../src/testing/storage-in-memory.js'

const name = '0000000001-00000000'
const good = {
  format: 1,
  id: '0'.repeat(32),
  timestamp: 1,
  links: [{ name: `${name}.data`, bytes: 1 }],
  offsets: {},
}

function storageWith(manifest: unknown): StorageInMemory {
  const storage = new StorageInMemory()
  const text = JSON.stringify(manifest)
  const digest = createHash('sha256').update(text).digest('hex')
  storage.things.set(`${name}.manifest`, Buffer.from(`${digest}\n${text}`))
  return storage
}

it('a manifest that names what is not of a checkpoint is refused, and nothing is written by that name', async () => {
  const outside = join(tmpdir(), `millpond-outside-${process.pid}`)
  const storage = storageWith({ ...good, links: [{ name: `../millpond-outside-${process.pid}`, bytes: 3 }] })
  storage.things.set(`../millpond-outside-${process.pid}`, Buffer.from('bad'))
  await using provider = memory()
  await expect(provider.restoreCheckpoint(storage)).rejects.toMatchObject({ code: 'ERR_MILLPOND_CORRUPTION' })
  expect(existsSync(outside)).toBe(false)
})

it.each([
  null,
  3,
  { ...good, id: 'short' },
  { ...good, links: [] },
  { ...good, links: [null] },
  { ...good, links: [{ name: 'x', bytes: 1 }] },
  { ...good, links: [{ ...good.links[0], bytes: -1 }] },
  { ...good, offsets: { a: 'many' } },
  { ...good, offsets: { a: 1 } },
  { ...good, offsets: null },
])('a manifest of another shape is damaged: %j', async manifest => {
  await using provider = memory()
  const restored = provider.restoreCheckpoint(storageWith(manifest))
  await expect(restored).rejects.toMatchObject({ code: 'ERR_MILLPOND_CORRUPTION' })
})
