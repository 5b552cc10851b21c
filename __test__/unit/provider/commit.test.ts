import { describe, expect, it } from 'vitest'
import { outOfRange, refused } from '../codec/errors.js'
import { failure, provider } from '../store/stores.js'

describe("with commits: 'manual'", () => {
  it('offsets merge by source; numbers come back as bigints', async () => {
    const one = provider({ commits: 'manual' })
    expect(one.offsets()).toEqual(new Map())
    await one.commit({ offsets: { a: 3 } })
    await one.commit({ offsets: { b: 9n } })
    expect(one.offsets()).toEqual(
      new Map([
        ['a', 3n],
        ['b', 9n],
      ]),
    )
    await one.commit({ offsets: { a: 2 ** 53 - 1, b: 2n ** 63n - 1n } })
    expect(one.offsets().get('a')).toBe(2n ** 53n - 1n)
    await one.commit()
    await one.commit({})
    await one.commit({ offsets: {} })
    expect(one.offsets().size).toBe(2)
    await one.commit({ offsets: { a: 0 } })
    expect(one.offsets().get('a')).toBe(0n)
  })

  it('a source may have any name', async () => {
    const one = provider({ commits: 'manual' })
    await one.commit({ offsets: JSON.parse('{ "__proto__": 1, "": 2, "orders/0": 3 }') })
    expect(one.offsets()).toEqual(
      new Map([
        ['__proto__', 1n],
        ['', 2n],
        ['orders/0', 3n],
      ]),
    )
  })

  it('what offsets returned is the caller’s own', async () => {
    const one = provider({ commits: 'manual' })
    await one.commit({ offsets: { a: 1 } })
    ;(one.offsets() as Map<string, bigint>).clear()
    expect(one.offsets().get('a')).toBe(1n)
  })

  it.each([-1, -1n, 0.5, NaN, Infinity, 2 ** 53, 2n ** 63n])(
    'a position of %s is refused, and none is set',
    async at => {
      const one = provider({ commits: 'manual' })
      await expect(one.commit({ offsets: { a: 1, b: at } })).rejects.toThrow(outOfRange('"b"'))
      expect(one.offsets().size).toBe(0)
    },
  )

  it('a position or offsets of another type are refused', async () => {
    const one = provider({ commits: 'manual' })
    for (const at of ['1', null, undefined, {}]) {
      await expect(one.commit({ offsets: { b: at } as any })).rejects.toThrow(refused('"b"'))
    }
    for (const offsets of [null, 7, 'a']) {
      await expect(one.commit({ offsets } as any)).rejects.toThrow(refused('offsets'))
    }
    await expect(one.commit({ offset: {} } as any)).rejects.toThrow(refused('"offset"'))
    await expect(one.commit(null as any)).rejects.toThrow(refused('commit'))
    expect(one.offsets().size).toBe(0)
  })
})

describe("with commits: 'auto'", () => {
  it.each([undefined, 'auto' as const])('offsets are refused by the name of the option (%s)', async commits => {
    const one = provider(commits ? { commits } : {})
    await expect(one.commit({ offsets: { a: 1 } })).rejects.toThrow(refused("commits: 'manual'"))
    await one.commit()
    await one.commit({})
    expect(one.offsets().size).toBe(0)
  })
})

describe('after close', () => {
  it('commit rejects and offsets throws', async () => {
    const one = provider({ commits: 'manual' })
    await one.close()
    await expect(one.commit()).rejects.toEqual(failure('CLOSED'))
    await expect(one.commit({ offsets: { a: 1 } })).rejects.toEqual(failure('CLOSED'))
    await expect(one.flush()).rejects.toEqual(failure('CLOSED'))
    expect(() => one.offsets()).toThrow(failure('CLOSED'))
    expect(() => one.stats()).toThrow(failure('CLOSED'))
    await one.close()
    await one[Symbol.asyncDispose]()
  })
})
