import { describe, expectTypeOf, it } from 'vitest'
import {
  bool,
  bytes,
  type Codec,
  type Decoded,
  date,
  dictionary,
  f64,
  i64,
  json,
  type KeyCodec,
  msgpack,
  optional,
  type StructCodec,
  string,
  struct,
  tuple,
  type UnorderedCodec,
  u32,
  u64,
  uuid,
} from '../../src/codec/index.js'

describe('key codecs', () => {
  it('have the type of their values, and of their prefixes if there are any', () => {
    expectTypeOf(string()).toEqualTypeOf<KeyCodec<string, string>>()
    expectTypeOf(bytes()).toEqualTypeOf<KeyCodec<Uint8Array, Uint8Array>>()
    expectTypeOf(u32()).toEqualTypeOf<KeyCodec<number, never>>()
    expectTypeOf(u64()).toEqualTypeOf<KeyCodec<bigint>>()
    expectTypeOf(i64()).toEqualTypeOf<KeyCodec<bigint>>()
    expectTypeOf(f64()).toEqualTypeOf<KeyCodec<number>>()
    expectTypeOf(bool()).toEqualTypeOf<KeyCodec<boolean>>()
    expectTypeOf(date()).toEqualTypeOf<KeyCodec<Date>>()
    expectTypeOf(uuid()).toEqualTypeOf<KeyCodec<string>>()
  })

  it('tell by Decoded what they decode to', () => {
    expectTypeOf<Decoded<ReturnType<typeof string>>>().toEqualTypeOf<string>()
    expectTypeOf<Decoded<Codec<Date>>>().toEqualTypeOf<Date>()
    expectTypeOf<Decoded<string>>().toBeNever()
  })

  it('are no generics', () => {
    // @ts-expect-error string() takes no type
    string<'a'>()
  })
})

describe('tuple', () => {
  it('has the tuple of its parts for values, and their heads for prefixes', () => {
    const codec = tuple(string(), u32(), date())
    expectTypeOf(codec).toEqualTypeOf<KeyCodec<[string, number, Date], [string, number] | [string] | []>>()
    expectTypeOf(tuple(string())).toEqualTypeOf<KeyCodec<[string], []>>()
    expectTypeOf<Decoded<typeof codec>>().toEqualTypeOf<[string, number, Date]>()
  })

  it('holds tuples', () => {
    expectTypeOf(tuple(tuple(string(), u32()), u32())).toEqualTypeOf<
      KeyCodec<[[string, number], number], [[string, number]] | []>
    >()
  })

  it('refuses codecs that do not sort, and no codec at all', () => {
    // @ts-expect-error
    tuple()
    // @ts-expect-error
    tuple(string(), json())
    // @ts-expect-error
    tuple(struct({ a: u32() }))
    // @ts-expect-error
    tuple(optional(u32()))
    // @ts-expect-error
    tuple(string(), dictionary())
  })
})

describe('struct', () => {
  it('has an object of its fields for values', () => {
    const codec = struct({
      count: f64(),
      name: optional(string()),
      tags: json<string[]>(),
      key: tuple(string(), u32()),
    })
    expectTypeOf(codec).toEqualTypeOf<
      StructCodec<{ count: number; name: string | null; tags: string[]; key: [string, number] }>
    >()
    expectTypeOf(codec.fields).toEqualTypeOf<readonly ('count' | 'name' | 'tags' | 'key')[]>()
    expectTypeOf(codec).toExtend<UnorderedCodec<unknown>['ordered'] extends false ? { ordered: false } : never>()
  })

  it('takes no literal with more fields', () => {
    const codec = struct({ count: f64() })
    // @ts-expect-error
    codec.encode({ count: 1, sum: 2 })
    // @ts-expect-error
    codec.encode({})
  })

  it('is no key codec', () => {
    expectTypeOf(struct({ a: u32() })).not.toExtend<KeyCodec<any, any>>()
    expectTypeOf(json()).not.toExtend<KeyCodec<any, any>>()
  })
})

describe('dictionary', () => {
  it('has strings, and no order', () => {
    expectTypeOf(dictionary()).toEqualTypeOf<UnorderedCodec<string>>()
    expectTypeOf<Decoded<ReturnType<typeof dictionary>>>().toEqualTypeOf<string>()
    expectTypeOf(struct({ at: dictionary() })).toEqualTypeOf<StructCodec<{ at: string }>>()
    expectTypeOf(optional(dictionary())).toEqualTypeOf<Codec<string | null>>()
    // @ts-expect-error dictionary() takes no type
    dictionary<'a'>()
  })
})

describe('json, msgpack and optional', () => {
  it('have the type that they are told', () => {
    expectTypeOf(json()).toEqualTypeOf<UnorderedCodec<unknown>>()
    expectTypeOf(json<{ a: 1 }>()).toEqualTypeOf<UnorderedCodec<{ a: 1 }>>()
    expectTypeOf(msgpack<Map<string, number>>()).toEqualTypeOf<UnorderedCodec<Map<string, number>>>()
    expectTypeOf(optional(u32())).toEqualTypeOf<Codec<number | null>>()
    expectTypeOf(optional({ encode: (_: Date) => new Uint8Array(), decode: () => new Date() })).toEqualTypeOf<
      Codec<Date | null>
    >()
  })
})
