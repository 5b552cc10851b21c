import { describe, expect, it } from 'vitest'
import { bytes, string, u32 } from '../../../../src/index.js'
import { failure } from '../../store/stores.js'
import { counts, directory } from './directory.js'

const blobs = { keyCodec: u32(), valueCodec: bytes() }
const MIB = 2 ** 20

describe('maxUncommittedBytes', () => {
  it('refuses the write that would go past it, and that changes nothing', async () => {
    const { open } = directory({ maxUncommittedBytes: MIB, commits: 'manual' })
    const one = open()
    const rows = one.createKeyValueStore('rows', blobs)
    const tooLarge = failure('TRANSACTION_TOO_LARGE', { store: 'rows', retryable: false })
    let key = 0
    const fill = () => {
      for (; key < 100; key++) rows.putSync(key, Buffer.alloc(100_000, key))
    }
    expect(fill).toThrow(tooLarge)
    expect(key).toBe(10)
    expect([rows.countSync(), rows.hasSync(10)]).toEqual([10, false])
    await expect(rows.put(0, Buffer.alloc(100_000))).rejects.toEqual(tooLarge)
    expect(rows.getSync(0)).toEqual(Buffer.alloc(100_000, 0))
    await one.commit()
    expect(fill).toThrow(tooLarge)
    expect(key).toBe(20)
    await one.commit()
    await one.close()
    expect(open().createKeyValueStore('rows', blobs).countSync()).toBe(20)
  })

  it('takes back a transaction that met it', async () => {
    const one = directory({ maxUncommittedBytes: MIB }).open()
    const rows = one.createKeyValueStore('rows', blobs)
    await rows.put(1, Buffer.of(1))
    expect(() =>
      one.transactionSync(() => {
        for (let key = 0; key < 100; key++) rows.putSync(key, Buffer.alloc(100_000))
      }),
    ).toThrow(failure('TRANSACTION_TOO_LARGE'))
    expect(rows.all().toArray()).toEqual([{ key: 1, value: Buffer.of(1) }])
    await rows.put(2, Buffer.of(2))
  })
})

describe('maxDbs', () => {
  it('refuses one store more, and leaves the others', async () => {
    const { open } = directory({ maxDbs: 3 })
    const one = open()
    for (const name of ['a', 'b', 'c']) one.createKeyValueStore(name, counts).putSync('k', 1)
    const tooMany = failure('TOO_MANY_STORES', { store: 'd', retryable: false })
    expect(() => one.createKeyValueStore('d', counts)).toThrow(tooMany)
    expect(one.createKeyValueStore('a', counts).getSync('k')).toBe(1)
    await one.close()
    const again = open()
    expect(() => again.createKeyValueStore('d', counts)).toThrow(tooMany)
    expect(again.createKeyValueStore('c', counts).getSync('k')).toBe(1)
  })
})

describe('maxPendingBytes', () => {
  const large = Buffer.alloc(8 * MIB)

  it('refuses sync writes while too much waits, and takes async ones; then both work', async () => {
    const { open } = directory({ maxPendingBytes: 16 * MIB })
    const one = open()
    const rows = one.createKeyValueStore('rows', blobs)
    for (const key of [1, 2, 3]) rows.putSync(key, large)
    const sealed = one.commit()
    const refused = failure('BACKPRESSURE', { store: 'rows', retryable: true })
    for (const call of [
      () => rows.putSync(4, large),
      () => rows.deleteSync(1),
      () => rows.batchSync([{ type: 'delete', key: 1 }]),
    ]) {
      expect(call, `${call}`).toThrow(refused)
    }
    const put = rows.put(4, large)
    expect(rows.hasSync(4)).toBe(true)
    await Promise.all([sealed, put])
    rows.putSync(5, large)
    expect(rows.keys().toArray()).toEqual([1, 2, 3, 4, 5])
  })

  it('refuses async ones past twice as much, with nothing changed', async () => {
    const one = directory({ maxPendingBytes: 4 * MIB }).open()
    const rows = one.createKeyValueStore('rows', blobs)
    for (const key of [1, 2]) rows.putSync(key, large)
    const sealed = one.commit()
    await expect(rows.put(3, large)).rejects.toEqual(failure('BACKPRESSURE', { store: 'rows', retryable: true }))
    expect(rows.hasSync(3)).toBe(false)
    await sealed
    await rows.put(3, large)
  })

  it('never refuses sync writes of one whose commits are awaited one by one, however far merges are behind', async () => {
    const one = directory({ maxPendingBytes: 32 * MIB, durability: 'relaxed' }).open()
    const rows = one.createKeyValueStore('rows', blobs)
    for (let commit = 0; commit < 40; commit++) {
      for (const put of [0, 1, 2]) rows.putSync((3 * commit + put) % 40, large)
      await one.commit()
    }
    expect([...rows.keys()]).toHaveLength(40)
  }, 30_000)

  it('bounds the memory of writes that merges can’t keep up with', async () => {
    const one = directory({ maxPendingBytes: 16 * MIB, durability: 'relaxed' }).open()
    const rows = one.createKeyValueStore('rows', blobs)
    let most = 0
    for (let put = 0; put < 60; put++) {
      await rows.put(put % 40, large)
      most = Math.max(most, one.stats().overlayBytes)
    }
    // An overlay that is merged, one that is large enough to be, what may be ahead of it, and the put that went beyond.
    expect(most).toBeLessThan((64 + 8 + 64 + 16 + 8 + 8) * MIB)
    expect([...rows.keys()]).toHaveLength(40)
  }, 30_000)

  it('lets one batch in that is larger, when nothing waits', async () => {
    const one = directory({ maxPendingBytes: MIB }).open()
    const rows = one.createKeyValueStore('rows', blobs)
    await rows.put(1, large)
    rows.putSync(2, large)
    await one.commit()
  })
})

describe('mapSize', () => {
  it('refuses puts when it is reached, retryably; deletes work, and make room', async () => {
    const { open } = directory({ mapSize: 4 * MIB })
    const one = open()
    const rows = one.createKeyValueStore('rows', blobs)
    const full = failure('FULL', { store: 'rows', retryable: true })
    let key = 0
    const fill = async () => {
      for (; key < 200; key++) await rows.put(key, Buffer.alloc(100_000, key))
    }
    await expect(fill()).rejects.toEqual(full)
    expect(key).toBeGreaterThan(20)
    expect(rows.hasSync(key)).toBe(false)
    for (let old = 0; old < key; old++) await rows.delete(old)
    for (let tries = 0; ; tries++) {
      try {
        await rows.put(1, Buffer.of(1))
        break
      } catch (error) {
        expect(error).toEqual(full)
        expect(tries).toBeLessThan(200)
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    }
    await one.close()
    expect(open().createKeyValueStore('rows', blobs).all().toArray()).toEqual([{ key: 1, value: Buffer.of(1) }])
  })
})

describe('values', () => {
  it('of 100 MB are there after a reopen', async () => {
    const { open } = directory()
    const one = open()
    const value = Buffer.alloc(100_000_000, 'millpond')
    await one.createKeyValueStore('rows', blobs).put(1, value)
    await one.close()
    expect(value.equals(open().createKeyValueStore('rows', blobs).getSync(1)!)).toBe(true)
  })

  it('of 1 GiB and a byte are refused with the limit', () => {
    const rows = directory()
      .open()
      .createKeyValueStore('rows', {
        keyCodec: string(),
        valueCodec: { encode: (value: Uint8Array) => value, decode: (value: Buffer): Uint8Array => value },
      })
    expect(() => rows.putSync('k', new Uint8Array(2 ** 30 + 1))).toThrow(/limit is 1073741824 bytes/)
    expect(rows.countSync()).toBe(0)
  })
})
