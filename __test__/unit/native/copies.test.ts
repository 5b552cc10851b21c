import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import * as first from '../../../src/index.js'
import { temporaryDirectory } from '../../engines.js'

/** The library loaded anew, as test runners do for each file: another copy of it, with its own instance of the addon. */
async function anotherCopy(): Promise<typeof first> {
  vi.resetModules()
  return import('../../../src/index.js')
}

describe('two copies of the library in one thread', () => {
  it('read what they wrote, whichever came first', async () => {
    const copies = [first, await anotherCopy(), await anotherCopy()]
    expect(new Set(copies.map(({ memory }) => memory)).size).toBe(3)
    const stores = copies.map(({ memory, string, json }) => {
      const one = memory()
      onTestFinished(() => one.close())
      return one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: json<object>() })
    })
    for (let round = 0; round < 3; round++) {
      for (const [copy, rows] of stores.entries()) rows.putSync(`${round}`, { copy, round })
    }
    for (const [copy, rows] of stores.entries()) {
      const expected = [0, 1, 2].map(round => ({ copy, round }))
      expect(rows.values().toArray()).toEqual(expected)
      expect(rows.getManySync(['0', '1', '2'])).toEqual(expected)
      expect(rows.getSync('1')).toEqual({ copy, round: 1 })
      expect(rows.countSync('1', '2')).toBe(2)
    }
  })

  it('each hear when their writes are durable', async () => {
    for (const { lmdb, string, u32 } of [first, await anotherCopy(), first]) {
      const one = lmdb({ stateDir: temporaryDirectory() })
      const rows = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })
      await rows.put('a', 1)
      const target = join(temporaryDirectory(), 'copy')
      await one.backup(target)
      expect(await one.verify()).toEqual([])
      await one.close()
    }
  })

  it('hear side by side', async () => {
    const open = [first, await anotherCopy()].map(({ lmdb, string, u32 }) => {
      const one = lmdb({ stateDir: temporaryDirectory() })
      return { one, rows: one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() }) }
    })
    for (let round = 0; round < 5; round++) await Promise.all(open.map(({ rows }) => rows.put('a', round)))
    for (const { one } of open) expect(await one.verify()).toEqual([])
    expect(open.map(({ rows }) => rows.getSync('a'))).toEqual([4, 4])
    await Promise.all(open.map(({ one }) => one.close()))
  })

  it('do not open one directory for writing twice', async () => {
    const stateDir = temporaryDirectory()
    const one = first.lmdb({ stateDir })
    onTestFinished(() => one.close())
    const { lmdb } = await anotherCopy()
    expect(() => lmdb({ stateDir })).toThrow(expect.objectContaining({ code: 'ERR_MILLPOND_LOCKED' }))
  })
})
