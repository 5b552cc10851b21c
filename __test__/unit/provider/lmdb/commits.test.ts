import { describe, expect, it } from 'vitest'
import { refused } from '../../codec/errors.js'
import { counts, directory } from './directory.js'

describe("with commits: 'manual'", () => {
  it('a reopen shows exactly the last commit: state and offsets', async () => {
    const { open } = directory({ commits: 'manual' })
    const one = open()
    const [a, b] = ['a', 'b'].map(name => one.createKeyValueStore(name, counts))
    a!.putSync('k', 1)
    b!.putSync('k', 1)
    await one.commit({ offsets: { orders: 10, 'orders/1': 5n } })
    a!.putSync('k', 2)
    await b!.put('k', 2)
    await one.commit({ offsets: { orders: 20 } })
    await a!.put('k', 3)
    b!.deleteSync('k')
    one.createKeyValueStore('never committed', counts).putSync('k', 1)
    await one.flush()
    expect([a!.getSync('k'), b!.getSync('k')]).toEqual([3, undefined])
    await one.close()
    const again = open()
    const [c, d] = ['a', 'b'].map(name => again.createKeyValueStore(name, counts))
    expect([c!.getSync('k'), d!.getSync('k')]).toEqual([2, 2])
    expect(again.offsets()).toEqual(
      new Map([
        ['orders', 20n],
        ['orders/1', 5n],
      ]),
    )
    expect(again.createKeyValueStore('never committed', counts).countSync()).toBe(0)
  })

  it('an awaited put resolves once it is visible', async () => {
    const one = directory({ commits: 'manual' }).open()
    const rows = one.createKeyValueStore('counts', counts)
    const put = rows.put('a', 1)
    let isSettled = false
    void put.then(() => {
      isSettled = true
    })
    await Promise.resolve()
    expect(isSettled).toBe(true)
    expect(await rows.add('a', 1)).toBe(2)
    expect(one.stats().pendingBytes).toBeGreaterThan(0)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(one.stats().pendingBytes).toBeGreaterThan(0)
  })

  it('offsets alone are a commit, and positions up to 2^63 - 1 come back', async () => {
    const { open } = directory({ commits: 'manual' })
    const one = open()
    await one.commit({ offsets: { '': 0, 'a\0b': 2n ** 63n - 1n, é: 2 ** 53 - 1 } })
    const set = one.offsets()
    await one.close()
    expect(open().offsets()).toEqual(set)
    expect(set.get('a\0b')).toBe(2n ** 63n - 1n)
  })

  it('offsets that are refused set none, and leave the state to the next commit', async () => {
    const { open } = directory({ commits: 'manual' })
    const one = open()
    one.createKeyValueStore('counts', counts).putSync('a', 1)
    await expect(one.commit({ offsets: { a: 1, b: -1 } })).rejects.toThrow('"b"')
    await expect(one.commit({ offsets: { ['x'.repeat(1901)]: 1 } })).rejects.toThrow('1901')
    await expect(one.commit({ offsets: { '\ud800': 1 } })).rejects.toThrow('surrogate')
    await one.close()
    const again = open()
    expect([again.offsets().size, again.stats().entries]).toEqual([0, 0])
    await again.commit({ offsets: { ['x'.repeat(1900)]: 1 } })
  })

  it('a transaction and a commit after it are one boundary', async () => {
    const { open } = directory({ commits: 'manual' })
    const one = open()
    const rows = one.createKeyValueStore('counts', counts)
    one.transactionSync(() => rows.putSync('a', 1))
    await one.commit()
    one.transactionSync(() => rows.putSync('a', 2))
    await one.close()
    expect(open().createKeyValueStore('counts', counts).getSync('a')).toBe(1)
  })
})

describe("with commits: 'auto'", () => {
  it('offsets are refused by the name of the option', async () => {
    const one = directory().open()
    await expect(one.commit({ offsets: { a: 1 } })).rejects.toThrow(refused("commits: 'manual'"))
  })
})
