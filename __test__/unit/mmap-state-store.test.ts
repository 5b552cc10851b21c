import { existsSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HashStore, MmapStateStore, StateSnapshot } from '../../src/index.js'
import { temporaryDirectory } from '../engines.js'
import { refused } from './codec/errors.js'
import { failure } from './store/stores.js'

const text = (value: string) => Buffer.from(value)

describe('MmapStateStore', () => {
  it('keeps all that was flushed over a reopen', async () => {
    const path = join(temporaryDirectory(), 'state')
    const store = MmapStateStore.persistent(path, 16)
    expect([store.isPersistent(), store.path()]).toEqual([true, path])
    for (let key = 0; key < 2000; key++) store.put(text(`key ${key}`), text(`value ${key}`))
    store.delete(text('key 5'))
    await store.flush()
    await store.close()
    await using again = MmapStateStore.persistent(path)
    expect([again.len(), again.get(text('key 7')), again.contains(text('key 5'))]).toEqual([
      1999,
      text('value 7'),
      false,
    ])
    const found = again.prefixScan(text('key 199')).toArray()
    expect(found.map(({ key }) => String(key))).toHaveLength(11)
  })

  it('in memory it grows past its capacity, and its directory goes with it', async () => {
    const before = new Set(readdirSync(tmpdir()))
    const store = MmapStateStore.inMemory(10)
    for (let key = 0; key < 1000; key++) store.put(text(`${key}`), Buffer.alloc(1000))
    expect([store.len(), store.isPersistent(), store.path()]).toEqual([1000, false, undefined])
    const made = readdirSync(tmpdir()).filter(name => name.startsWith('millpond-mmap-') && !before.has(name))
    expect(made).toHaveLength(1)
    await store.close()
    await store.close()
    expect(existsSync(join(tmpdir(), made[0]!))).toBe(false)
    expect(() => store.get(text('1'))).toThrow(failure('CLOSED'))
  })

  it('its file is small, and not fragmented, after a compaction', async () => {
    const path = join(temporaryDirectory(), 'state')
    const filled = MmapStateStore.persistent(path)
    for (let key = 0; key < 5000; key++) filled.put(text(`${key}`), Buffer.alloc(500))
    await filled.close()
    const emptied = MmapStateStore.persistent(path)
    emptied.deleteRange(text(''), text('4'))
    await emptied.close()
    await using store = MmapStateStore.persistent(path)
    const size = () => statSync(join(path, 'data.mdb')).size
    const [before, share] = [size(), store.fragmentation()]
    expect(share).toBeGreaterThan(0.2)
    await store.compact()
    expect(size()).toBeLessThan(before)
    expect(store.fragmentation()).toBe(0)
  })

  it('gives snapshots, to bytes and to other engines, and takes them', async () => {
    await using store = MmapStateStore.inMemory()
    store.put(text('a'), text('1'))
    using snapshot = store.snapshot()
    store.put(text('a'), text('2'))
    using copy = StateSnapshot.fromBytes(snapshot.toBytes())
    const path = join(temporaryDirectory(), 'snapshot')
    await snapshot.save(path)
    using opened = await StateSnapshot.open(path)
    for (const one of [snapshot, copy, opened]) expect(one.get(text('a'))).toEqual(text('1'))
    using hash = new HashStore()
    hash.restore(snapshot)
    expect(hash.get(text('a'))).toEqual(text('1'))
    store.restore(copy)
    expect(store.get(text('a'))).toEqual(text('1'))
  })

  it('refuses what is no path and no capacity', () => {
    for (const path of ['', 5, undefined]) {
      expect(() => MmapStateStore.persistent(path as never)).toThrow(refused('path'))
    }
    expect(() => MmapStateStore.inMemory(-1)).toThrow(RangeError)
    expect(() => MmapStateStore.inMemory('1' as never)).toThrow(refused('capacity'))
  })
})
