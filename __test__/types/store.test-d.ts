import { describe, expectTypeOf, it } from 'vitest'
import {
  bytes,
  dictionary,
  f64,
  i64,
  json,
  type KeyValueEntry,
  type KeyValueStore,
  type LmdbProvider,
  lmdb,
  MillpondError,
  memory,
  type ReadonlyKeyValueStore,
  type ReadonlyProvider,
  type Rows,
  type Snapshot,
  type StateStoreProvider,
  string,
  struct,
  tuple,
  u32,
  u64,
  uuid,
} from '../../src/index.js'

const provider = memory()
const counts = provider.createKeyValueStore('counts', { keyCodec: string(), valueCodec: f64() })
const routes = provider.createKeyValueStore('t', {
  keyCodec: tuple(string(), u32()),
  valueCodec: json<{ n: number }>(),
})
const buckets = provider.createKeyValueStore('b', {
  keyCodec: string(),
  valueCodec: struct({ tokens: f64(), at: f64(), tag: string(), n: u64() }),
})

describe('memory', () => {
  it('gives a provider, and knows its options', () => {
    expectTypeOf(provider).toEqualTypeOf<StateStoreProvider>()
    memory({ maxBytes: 1, commits: 'manual' })
    // @ts-expect-error
    memory({ maxBytes: '1' })
    // @ts-expect-error
    memory({ commits: 'never' })
    // @ts-expect-error
    memory({ stateDir: './state' })
  })
})

describe('lmdb', () => {
  it('gives a provider, and knows its options', () => {
    const durable = lmdb({ stateDir: './state', mapSize: 1, commits: 'manual', durability: 'relaxed' })
    expectTypeOf(durable).toEqualTypeOf<LmdbProvider>()
    expectTypeOf(durable).toExtend<StateStoreProvider>()
    expectTypeOf(durable.stats().overlayBytes).toBeNumber()
    expectTypeOf(durable.createKeyValueStore('t', { keyCodec: string(), valueCodec: u64() })).toEqualTypeOf<
      KeyValueStore<string, bigint, string>
    >()
    const reader = lmdb({ stateDir: './state', readOnly: true })
    expectTypeOf(reader).toEqualTypeOf<ReadonlyProvider>()
    const read = reader.createKeyValueStore('t', { keyCodec: string(), valueCodec: u64() })
    expectTypeOf(read).toEqualTypeOf<ReadonlyKeyValueStore<string, bigint, string>>()
    // @ts-expect-error
    reader.commit()
    // @ts-expect-error
    lmdb()
    // @ts-expect-error
    lmdb({})
    // @ts-expect-error
    lmdb({ stateDir: './state', maxBytes: 1 })
    // @ts-expect-error
    lmdb({ stateDir: './state', mapSize: undefined })
  })
})

describe('a key-value store', () => {
  it('has the types of its codecs', async () => {
    expectTypeOf(counts).toEqualTypeOf<KeyValueStore<string, number, string>>()
    expectTypeOf(counts.getSync('a')).toEqualTypeOf<number | undefined>()
    expectTypeOf(counts.get('a')).toEqualTypeOf<Promise<number | undefined>>()
    expectTypeOf(counts.getManySync(['a'])).toEqualTypeOf<(number | undefined)[]>()
    expectTypeOf(counts.all()).toEqualTypeOf<Rows<KeyValueEntry<string, number>>>()
    expectTypeOf(counts.keys()).toEqualTypeOf<Rows<string>>()
    expectTypeOf(counts.values().first()).toEqualTypeOf<number | undefined>()
    expectTypeOf(counts.put('u1', 2)).toEqualTypeOf<Promise<void>>()
    expectTypeOf(counts.putIfAbsentSync('a', 1)).toEqualTypeOf<number | undefined>()
    for await (const { key, value } of counts.range('a', 'b')) {
      expectTypeOf(key).toBeString()
      expectTypeOf(value).toBeNumber()
    }
  })

  it('refuses keys and values of other types, and a promise from update', () => {
    // @ts-expect-error
    counts.putSync(1, 1)
    // @ts-expect-error
    counts.putSync('a', '1')
    // @ts-expect-error
    counts.getSync(1)
    // @ts-expect-error
    counts.updateSync('a', async () => 1)
    // @ts-expect-error
    counts.batchSync([{ type: 'put', key: 'a' }])
    // @ts-expect-error
    counts.batchSync([{ type: 'upsert', key: 'a', value: 1 }])
    // @ts-expect-error
    counts.all({ revers: true })
    // @ts-expect-error
    provider.createKeyValueStore('rows', { keyCodec: string() })
    // @ts-expect-error
    provider.createKeyValueStore('rows', { keyCodec: string(), valueCodec: string(), tll: 1 })
  })

  it('takes the head of a tuple as a prefix, and as an end of a range', () => {
    for (const { key, value } of routes.prefix(['x'])) {
      expectTypeOf(key).toEqualTypeOf<[string, number]>()
      expectTypeOf(value.n).toBeNumber()
    }
    routes.range(['x'], ['y', 3])
    routes.range(undefined, ['y'])
    // @ts-expect-error
    routes.prefix([3])
    // @ts-expect-error
    routes.prefix(['x', 1])
    // @ts-expect-error
    routes.getSync(['x'])
  })

  it('K27 has no prefix where keys have none', () => {
    const numbers = provider.createKeyValueStore('numbers', { keyCodec: u32(), valueCodec: u32() })
    expectTypeOf(numbers).toEqualTypeOf<KeyValueStore<number, number, never>>()
    expectTypeOf(numbers.prefix).parameter(0).toBeNever()
    const signed = provider.createKeyValueStore('signed', { keyCodec: i64(), valueCodec: u32() })
    expectTypeOf(signed.prefix).parameter(0).toBeNever()
    const uuids = provider.createKeyValueStore('uuids', { keyCodec: uuid(), valueCodec: u32() })
    expectTypeOf(uuids.prefix).parameter(0).toBeNever()
    const texts = provider.createKeyValueStore('texts', { keyCodec: string(), valueCodec: u32() })
    expectTypeOf(texts.prefix).parameter(0).toBeString()
    const blobs = provider.createKeyValueStore('blobs', { keyCodec: bytes(), valueCodec: u32() })
    expectTypeOf(blobs.prefix).parameter(0).toEqualTypeOf<Uint8Array>()
    numbers.range(1, 2)
    // @ts-expect-error
    numbers.prefix(1)
    // @ts-expect-error
    numbers.range('1', 2)
  })

  it('has neither range nor prefix where keys have no order', () => {
    const unordered = provider.createKeyValueStore('j', {
      keyCodec: json<{ id: string }>(),
      valueCodec: json<number>(),
    })
    expectTypeOf(unordered.getSync({ id: 'a' })).toEqualTypeOf<number | undefined>()
    expectTypeOf(unordered).not.toHaveProperty('range')
    expectTypeOf(unordered).not.toHaveProperty('prefix')
    // @ts-expect-error
    unordered.range({ id: 'a' }, { id: 'b' })
    unordered.all()
    const coded = provider.createKeyValueStore('d', { keyCodec: dictionary(), valueCodec: dictionary() })
    expectTypeOf(coded.getSync('a')).toEqualTypeOf<string | undefined>()
    expectTypeOf(coded).not.toHaveProperty('range')
  })

  it('takes a codec of the user at its word', () => {
    const foreign = { encode: (s: string) => Buffer.from(s), decode: (b: Buffer) => b.toString() }
    const rows = provider.createKeyValueStore('f', { keyCodec: foreign, valueCodec: foreign })
    expectTypeOf(rows.getSync('a')).toEqualTypeOf<string | undefined>()
    rows.range('a', 'b')
  })
})

describe('numbers in place', () => {
  it('are added to where values are numbers', () => {
    expectTypeOf(counts.addSync('u1', 1)).toBeNumber()
    const large = provider.createKeyValueStore('n', { keyCodec: string(), valueCodec: u64() })
    expectTypeOf(large.add('k', 1n)).toEqualTypeOf<Promise<bigint>>()
    // @ts-expect-error
    large.addSync('k', 1)
    // @ts-expect-error
    routes.addSync(['x', 1], 1)
  })

  it('and fields where they are structs', () => {
    buckets.updateFieldsSync('u', { tokens: { add: -1 }, at: { max: 4 }, n: { add: 1n }, tag: { set: 'a' } })
    // @ts-expect-error
    buckets.updateFieldsSync('u', { tag: { add: 1 } })
    // @ts-expect-error
    buckets.updateFieldsSync('u', { nope: { set: 1 } })
    // @ts-expect-error
    buckets.updateFieldsSync('u', { n: { add: 1 } })
    // @ts-expect-error
    buckets.updateFieldsSync('u', { tokens: 1 })
  })
})

describe('transactionSync', () => {
  it('returns what its function returns, which is no promise', () => {
    const n: number = provider.transactionSync(() => 1)
    expectTypeOf(n).toBeNumber()
    expectTypeOf(provider.transactionSync(() => ({ a: 'x' }))).toEqualTypeOf<{ a: string }>()
    // @ts-expect-error
    provider.transactionSync(async () => 1)
    // @ts-expect-error
    provider.transactionSync(() => counts.put('a', 1))
  })
})

describe('snapshots', () => {
  it('read as stores do, and write nothing', () => {
    const view = counts.snapshot()
    expectTypeOf(view).toExtend<Snapshot & ReadonlyKeyValueStore<string, number, string>>()
    expectTypeOf(view).not.toHaveProperty('putSync')
    expectTypeOf(view.entries).toBeNumber()
    const all = provider.snapshot()
    expectTypeOf(all.offsets()).toEqualTypeOf<ReadonlyMap<string, bigint>>()
    const rows = all.createKeyValueStore('counts', { keyCodec: string(), valueCodec: f64() })
    expectTypeOf(rows).toEqualTypeOf<ReadonlyKeyValueStore<string, number, string>>()
    // @ts-expect-error
    rows.putSync('a', 1)
    expectTypeOf(counts.restore('a path')).toEqualTypeOf<Promise<void>>()
    // @ts-expect-error
    counts.restore(5)
  })
})

describe('errors', () => {
  it('have a code of a list, and tell whether to try again', () => {
    const error = new MillpondError('ERR_MILLPOND_FULL', 'full')
    expectTypeOf(error.code).toExtend<`ERR_MILLPOND_${string}`>()
    expectTypeOf(error.retryable).toBeBoolean()
    // @ts-expect-error
    new MillpondError('ERR_OTHER', 'other')
  })
})
