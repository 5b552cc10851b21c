import { describe, expect, it } from 'vitest'
import { lmdb } from '../../../../src/index.js'
import { refused } from '../../codec/errors.js'
import { failure } from '../../store/stores.js'
import { counts, directory } from './directory.js'

describe('close', () => {
  it('makes pending puts durable first, and closing twice is one promise', async () => {
    const { open } = directory()
    const one = open()
    const rows = one.createKeyValueStore('counts', counts)
    const order: string[] = []
    const put = rows.put('a', 1).then(() => order.push('put'))
    const closing = one.close()
    expect(one.close()).toBe(closing)
    await Promise.all([put, closing.then(() => order.push('close'))])
    expect(order).toEqual(['put', 'close'])
    await one.close()
    expect(open().createKeyValueStore('counts', counts).getSync('a')).toBe(1)
  })

  it('refuses every call from then on, also while it is at work', async () => {
    const one = directory().open()
    const rows = one.createKeyValueStore('counts', counts)
    rows.putSync('a', 1)
    const view = rows.snapshot()
    const loop = rows.all()[Symbol.iterator]()
    const closing = one.close()
    const closed = failure('CLOSED')
    const check = async () => {
      for (const call of [
        () => rows.getSync('a'),
        () => rows.putSync('a', 2),
        () => rows.all(),
        () => view.getSync('a'),
        () => view.entries,
        () => loop.next(),
        () => one.stats(),
        () => one.offsets(),
        () => one.snapshot(),
        () => one.transactionSync(() => 1),
        () => one.createKeyValueStore('counts', counts),
      ]) {
        expect(call, `${call}`).toThrow(closed)
      }
      for (const call of [() => rows.put('a', 2), () => one.commit(), () => one.flush(), () => rows.flush()]) {
        await expect(call(), `${call}`).rejects.toEqual(closed)
      }
    }
    await check()
    await closing
    await check()
    view[Symbol.dispose]()
  })

  it('in the middle of a batch takes back what it wrote', async () => {
    const { open } = directory()
    const one = open()
    let closing: Promise<void> | undefined
    const valueCodec = {
      encode: (value: number): Uint8Array => {
        if (value === 2) closing = one.close()
        return Buffer.of(value)
      },
      decode: (bytes: Buffer) => bytes[0]!,
    }
    const rows = one.createKeyValueStore('rows', { ...counts, valueCodec })
    await rows.put('a', 1)
    const batch = [1, 2].map(value => ({ type: 'put', key: `${value}`, value }) as const)
    expect(() => rows.batchSync(batch)).toThrow(failure('CLOSED'))
    await closing
    expect(
      open()
        .createKeyValueStore('rows', { ...counts, valueCodec })
        .keys()
        .toArray(),
    ).toEqual(['a'])
  })

  it('of one that is not closed yet, the directory is locked for the next', async () => {
    const { stateDir, open } = directory()
    const closing = open().close()
    expect(() => lmdb({ stateDir })).toThrow(failure('LOCKED', { retryable: true }))
    await closing
    await lmdb({ stateDir }).close()
  })

  it('and open, hundreds of times, keep what was written', async () => {
    const { open } = directory()
    for (let round = 0; round < 200; round++) {
      const one = open()
      expect(one.createKeyValueStore('counts', counts).addSync('rounds', 1)).toBe(round + 1)
      await one.close()
    }
  })
})

describe('a directory that is opened twice in one thread', () => {
  it('is shared, and each closes on its own', async () => {
    const { open } = directory()
    const [one, two] = [open(), open()]
    const [a, b] = [one, two].map(provider => provider.createKeyValueStore('counts', counts))
    a!.putSync('k', 1)
    expect(b!.getSync('k')).toBe(1)
    using view = one.snapshot()
    await one.close()
    expect(() => a!.getSync('k')).toThrow(failure('CLOSED'))
    expect(() => view.entries).toThrow(failure('CLOSED'))
    b!.putSync('k', 2)
    expect(b!.getSync('k')).toBe(2)
    await two.close()
    expect(open().createKeyValueStore('counts', counts).getSync('k')).toBe(2)
  })

  it('shares transactions and offsets as well', async () => {
    const { open } = directory({ commits: 'manual' })
    const [one, two] = [open(), open()]
    const inside: Promise<void>[] = []
    one.transactionSync(() => {
      expect(() => two.transactionSync(() => 1)).toThrow(failure('TRANSACTION'))
      inside.push(two.commit(), two.close())
    })
    for (const promise of inside) await expect(promise).rejects.toEqual(failure('TRANSACTION'))
    await one.commit({ offsets: { a: 1 } })
    expect(two.offsets().get('a')).toBe(1n)
  })

  it.each([
    ['mapSize', 2 ** 30],
    ['maxDbs', 7],
    ['mode', 0o640],
    ['commits', 'manual'],
    ['durability', 'relaxed'],
    ['maxPendingBytes', 1],
    ['maxUncommittedBytes', 1],
  ])('with another %s is refused by its name', (name, value) => {
    const { open } = directory()
    const one = open()
    expect(() => open({ [name]: value })).toThrow(refused(`lmdb: ${name}: `))
    expect(one.createKeyValueStore('counts', counts).countSync()).toBe(0)
  })

  it('with the defaults written out is the same', () => {
    const { open } = directory()
    open()
    open({ mapSize: 2 ** 40, maxDbs: 256, mode: 0o600, commits: 'auto', durability: 'sync' })
  })
})
