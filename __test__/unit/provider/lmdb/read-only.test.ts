import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { json, lmdb } from '../../../../src/index.js'
import { temporaryDirectory } from '../../../engines.js'
import { runChild } from '../../child.js'
import { refused } from '../../codec/errors.js'
import { failure } from '../../store/stores.js'
import { counts, directory } from './directory.js'

describe('readOnly', () => {
  it('sees what was durable when it was opened, and after refresh what is then', async () => {
    const { stateDir, open } = directory()
    const rows = open().createKeyValueStore('counts', counts)
    await rows.put('a', 1)
    await using reader = lmdb({ stateDir, readOnly: true })
    const read = reader.createKeyValueStore('counts', counts)
    await rows.put('a', 2)
    await rows.put('b', 2)
    expect([read.getSync('a'), await read.has('b'), read.countSync()]).toEqual([1, false, 1])
    await reader.refresh()
    expect([read.getSync('a'), await read.has('b'), read.countSync()]).toEqual([2, true, 2])
    expect(read.getManySync(['a', 'x', 'b'])).toEqual([2, undefined, 2])
    expect(read.range('a', 'b').toArray()).toEqual([
      { key: 'a', value: 2 },
      { key: 'b', value: 2 },
    ])
    expect(reader.stats()).toMatchObject({ entries: 2, pendingBytes: 0, failedCommits: 0 })
  })

  it('sees state and offsets of one commit, and never a part of one', async () => {
    const { stateDir, open } = directory({ commits: 'manual' })
    const one = open()
    const rows = one.createKeyValueStore('counts', counts)
    rows.putSync('a', 1)
    await one.commit({ offsets: { orders: 1 } })
    rows.putSync('a', 2)
    await using reader = lmdb({ stateDir, readOnly: true })
    const read = reader.createKeyValueStore('counts', counts)
    expect([read.getSync('a'), reader.offsets().get('orders')]).toEqual([1, 1n])
    await one.commit({ offsets: { orders: 2 } })
    expect([read.getSync('a'), reader.offsets().get('orders')]).toEqual([1, 1n])
    await reader.refresh()
    expect([read.getSync('a'), reader.offsets().get('orders')]).toEqual([2, 2n])
  })

  it('has nothing that writes, and refuses stores that there are not, or of another codec', async () => {
    const { stateDir, open } = directory()
    await open().createKeyValueStore('counts', counts).put('a', 1)
    await using reader = lmdb({ stateDir, readOnly: true })
    const read = reader.createKeyValueStore('counts', counts)
    for (const name of ['put', 'putSync', 'delete', 'batch', 'clear', 'restore']) expect(name in read).toBe(false)
    for (const name of ['commit', 'transactionSync', 'compact']) expect(name in reader).toBe(false)
    expect(() => reader.createKeyValueStore('other', counts)).toThrow(failure('STORE_MISMATCH', { store: 'other' }))
    expect(() => reader.createKeyValueStore('counts', { ...counts, valueCodec: json() })).toThrow(
      failure('STORE_MISMATCH'),
    )
    expect(() => lmdb({ stateDir, readOnly: 1 } as any)).toThrow(refused('readOnly'))
  })

  it('of a directory that there is not is refused, and none is made', () => {
    const stateDir = join(temporaryDirectory(), 'none')
    expect(() => lmdb({ stateDir, readOnly: true })).toThrow(expect.objectContaining({ name: 'MillpondError' }))
  })

  it('backs up and verifies what it sees', async () => {
    const { stateDir, open } = directory()
    await open().createKeyValueStore('counts', counts).put('a', 1)
    await using reader = lmdb({ stateDir, readOnly: true })
    expect(await reader.verify()).toEqual([])
    const target = join(temporaryDirectory(), 'copy')
    await reader.backup(target)
    await using copy = lmdb({ stateDir: target })
    expect(copy.createKeyValueStore('counts', counts).getSync('a')).toBe(1)
  })

  it('is refused every call once it is closed', async () => {
    const { stateDir, open } = directory()
    await open().createKeyValueStore('counts', counts).put('a', 1)
    const reader = lmdb({ stateDir, readOnly: true })
    const read = reader.createKeyValueStore('counts', counts)
    const closing = reader.close()
    expect(reader.close()).toBe(closing)
    await closing
    const closed = failure('CLOSED')
    for (const call of [() => read.getSync('a'), () => read.all(), () => reader.offsets(), () => reader.stats()]) {
      expect(call, `${call}`).toThrow(closed)
    }
    for (const call of [() => reader.refresh(), () => reader.verify(), () => reader.backup('x')]) {
      await expect(call(), `${call}`).rejects.toEqual(closed)
    }
  })

  it('opens beside a writer in another process', async () => {
    const { stateDir, open } = directory()
    const rows = open().createKeyValueStore('counts', counts)
    await rows.put('a', 1)
    const { lines, stderr } = runChild(`
      const { lmdb, string, u32 } = millpond
      const reader = lmdb({ stateDir: ${JSON.stringify(stateDir)}, readOnly: true })
      console.log(reader.createKeyValueStore('counts', { keyCodec: string(), valueCodec: u32() }).getSync('a'))
      await reader.close()
    `)
    expect(lines, stderr).toEqual(['1'])
    await rows.put('a', 2)
  })
})
