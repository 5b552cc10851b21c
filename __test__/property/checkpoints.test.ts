import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memory, string, u32 } from '../../src/index.js'
import { StorageInMemory } from '../../src/testing/storage-in-memory.js'

// The portable engine finds what changed by comparing trees: whatever was done, a chain of its increments comes to what there was.

/** Some keys, runs of them, and seldom all. */
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ does: fc.constant('put'), key: fc.nat(3000), count: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('delete'), key: fc.nat(3000), count: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constantFrom('clear', 'restore', 'rollback'),
      key: fc.nat(3000),
      count: fc.nat(900),
    }),
  },
)

it('a chain of increments of the portable engine comes to what there was, whatever was done', async () => {
  let increments = 0
  const links = fc.array(fc.array(step, { maxLength: 12 }), { minLength: 2, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(links, async links => {
      const storage = new StorageInMemory()
      await using one = memory({ engine: 'portable' })
      await using other = memory({ engine: 'sorted' })
      const rows = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })
      for (let key = 0; key < 2000; key += 2) rows.putSync(`key ${key}`, key)
      for (const [link, steps] of links.entries()) {
        for (const { does, key, count } of steps) {
          const write = () => {
            for (let i = key; i < key + count; i++) rows.putSync(`key ${i}`, link)
          }
          using view = rows.snapshot()
          if (does === 'delete') for (let i = key; i < key + count; i++) rows.deleteSync(`key ${i}`)
          else if (does === 'clear') await rows.clear()
          else if (does === 'rollback') expect(() => one.transactionSync(() => [write(), fail()])).toThrow('back')
          else write()
          if (does === 'restore') await rows.restore(view)
        }
        const { bytes } = await one.checkpoint(storage, { incremental: true })
        if (link > 0 && bytes < 6000) increments++
        await other.restoreCheckpoint(storage)
        const restored = other.createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })
        expect(restored.all().toArray()).toEqual(rows.all().toArray())
      }
    }),
    { numRuns: 20 },
  )
  expect(increments).toBeGreaterThan(15)
})

function fail(): never {
  throw new Error('back')
}
