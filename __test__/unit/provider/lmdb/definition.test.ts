import { describe, expect, it } from 'vitest'
import { type Codec, f64, json, string, struct, tuple, u32, u64 } from '../../../../src/index.js'
import { failure, plainText } from '../../store/stores.js'
import { counts, directory } from './directory.js'

describe('a store that is opened again after a reopen', () => {
  async function reopened(first: any, second: any) {
    const { open } = directory()
    const one = open()
    one.createKeyValueStore('rows', first)
    await one.close()
    const again = open()
    return () => again.createKeyValueStore('rows', second)
  }
  const mismatch = (text: RegExp) =>
    expect.objectContaining({
      code: 'ERR_MILLPOND_STORE_MISMATCH',
      store: 'rows',
      message: expect.stringMatching(text),
    })

  it.each([
    [{ ...counts, valueCodec: u64() }, /valueCodec is u32, not u64/],
    [{ ...counts, keyCodec: u32() }, /keyCodec is string, not u32/],
    [{ ...counts, keyCodec: tuple(string(), u32()) }, /keyCodec is string, not tuple\(string,u32\)/],
    [{ ...counts, keyCodec: { ...string(), version: 1 } }, /keyCodec is string, not string version 1/],
    [{ ...counts, valueCodec: { ...u32(), version: 0 } }, /valueCodec is u32, not u32 version 0/],
    [{ ...counts, valueCodec: { ...plainText, version: 0 } }, /valueCodec is u32, not a codec without an id version 0/],
  ])('with another codec is refused: %#', async (other, text) => {
    expect(await reopened(counts, other)).toThrow(mismatch(text))
  })

  it('without the version that it had is refused', async () => {
    expect(await reopened({ ...counts, valueCodec: { ...u32(), version: 3 } }, counts)).toThrow(
      mismatch(/u32 version 3, not u32/),
    )
  })

  it('with codecs without an id, then or now, is not compared', async () => {
    const custom = { keyCodec: plainText, valueCodec: plainText }
    const text = { keyCodec: string(), valueCodec: string() }
    expect(await reopened(custom, text)).not.toThrow()
    expect(await reopened(text, custom)).not.toThrow()
  })
})

describe('a codec with versions', () => {
  interface Old {
    name: string
  }
  const one: Codec<Old> = { ...json<Old>(), id: 'person', version: 1 }
  interface Person {
    first: string
    last: string
  }
  const two: Codec<Person> = {
    ...json<Person>(),
    id: 'person',
    version: 2,
    migrate(bytes, fromVersion) {
      expect(fromVersion).toBe(1)
      const [first, last] = (JSON.parse(bytes.toString()) as Old).name.split(' ') as [string, string]
      return { first, last }
    },
  }
  const of = <V>(valueCodec: Codec<V>) => ({ keyCodec: string(), valueCodec })

  async function filled() {
    const { open } = directory()
    const provider = open()
    const people = provider.createKeyValueStore('people', of(one))
    for (let i = 0; i < 20; i++) people.putSync(`${i}`, { name: `Ada ${'L'.repeat(i === 7 ? 100_000 : i)}` })
    await provider.close()
    return { open }
  }

  it('K40 migrates values of an older version by every read, and writes its own', async () => {
    const { open } = await filled()
    const provider = open()
    const people = provider.createKeyValueStore('people', of(two))
    expect(people.getSync('3')).toEqual({ first: 'Ada', last: 'LLL' })
    expect(people.getSync('7')!.last).toHaveLength(100_000)
    expect(people.all().toArray()).toHaveLength(20)
    expect(people.getManySync(Array.from({ length: 20 }, (_, i) => `${i}`)).map(one => one!.first)).toEqual(
      Array(20).fill('Ada'),
    )
    people.updateSync('3', person => ({ ...person!, first: 'Grace' }))
    await provider.close()
    const again = open().createKeyValueStore('people', of(two))
    expect([again.getSync('3')!.first, again.getSync('4')!.first]).toEqual(['Grace', 'Ada'])
  })

  it('is refused once a later one was used, and without migrate where values are older', async () => {
    const { open } = await filled()
    const provider = open()
    expect(() => provider.createKeyValueStore('people', of({ ...json(), id: 'person', version: 2 }))).toThrow(/migrate/)
    const people = provider.createKeyValueStore('people', of(one))
    expect(people.getSync('1')).toEqual({ name: 'Ada L' })
    provider.createKeyValueStore('people', of(two)).putSync('new', { first: 'a', last: 'b' })
    expect(() => people.getSync('new')).toThrow(failure('CODEC'))
    expect(() => provider.createKeyValueStore('people', of(one))).toThrow(failure('STORE_MISMATCH'))
    await provider.close()
    expect(() => open().createKeyValueStore('people', of(one))).toThrow(/person version 2, which .* is too old/)
  })

  it('adds to numbers and changes fields of older values after migrating them', async () => {
    const { open } = directory()
    const first = open()
    const shape1 = struct({ n: u32() })
    first.createKeyValueStore('n', of({ ...u32(), version: 1 })).putSync('k', 5)
    first.createKeyValueStore('s', of({ ...shape1, id: 'shape', version: 1 })).putSync('k', { n: 5 })
    await first.close()
    const second = open()
    const doubled = { ...u32(), version: 2, migrate: (bytes: Buffer) => 2 * u32().decode(bytes) }
    const numbers = second.createKeyValueStore('n', of(doubled))
    expect([numbers.addSync('k', 1), numbers.addSync('k', 1), numbers.addSync('new', 3)]).toEqual([11, 12, 3])
    expect(() => numbers.addSync('k', 2 ** 32 - 1)).toThrow(failure('OVERFLOW'))
    expect(numbers.addSync('k', -2)).toBe(10)
    const shape2 = struct({ of: f64(), n: u32() })
    const widened = {
      ...shape2,
      id: 'shape',
      version: 2,
      migrate: (bytes: Buffer) => ({ of: 0.5, n: shape1.decode(bytes).n }),
    }
    const shapes = second.createKeyValueStore('s', of(widened))
    shapes.updateFieldsSync('k', { n: { add: 1 } })
    shapes.updateFieldsSync('k', { of: { max: 2 } })
    shapes.updateFieldsSync('new', { n: { add: 1 } })
    expect(shapes.values().toArray()).toEqual([
      { of: 2, n: 6 },
      { of: 0, n: 1 },
    ])
  })

  it.each([65_531, 65_532, 65_533, 65_536])('takes values of %i bytes', size => {
    const rows = directory()
      .open()
      .createKeyValueStore('rows', of({ ...string(), version: 1 }))
    rows.putSync('k', 'x'.repeat(size))
    expect(rows.getSync('k')).toHaveLength(size)
    expect(rows.values().first()).toHaveLength(size)
  })
})
