import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { f64, i64, memory, type StateStoreProvider, string, struct, u32, u64 } from '../../src/index.js'
import { keyCases } from './codec-arbitraries.js'

// The portable engine beside the native one: the same operations have the same outcomes, errors included.

const RUNS = { numRuns: 60 }

/** A call of a method, or several of them together, taken back in the end or not. */
type Call = readonly [method: string, ...args: unknown[]]
type Step = { call: Call } | { together: Call[]; fails: boolean }

const call = (method: string, ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<Call> =>
  fc.tuple(...args).map(args => [method, ...args])

const stepsOf = (...calls: fc.Arbitrary<Call>[]): fc.Arbitrary<Step[]> => {
  const one = fc.oneof(...calls, fc.constant<Call>(['roundTrip']))
  return fc.array(
    fc.oneof(
      { weight: 6, arbitrary: one.map(call => ({ call })) },
      { weight: 1, arbitrary: fc.record({ together: fc.array(one), fails: fc.boolean() }) },
    ),
    { minLength: 10, maxLength: 60 },
  )
}

class Boom extends Error {}

/** What a call gives: a value, the rows that it finds, or the error that it throws. */
function outcomeOf(store: any, [method, ...args]: Call): unknown {
  try {
    if (method === 'roundTrip') return roundTrip(store)
    const given = store[method](...args)
    return given?.toArray ? given.toArray() : given
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    return { code, message }
  }
}

/** Takes a snapshot, clears the store, and restores it. */
function roundTrip(store: any): unknown {
  using view = store.snapshot()
  const rows = view.all().toArray()
  void store.clear()
  expect(view.all().toArray()).toEqual(rows)
  void store.restore(view)
  return [view.entries, view.sizeBytes, view.streamTime, rows]
}

function run(provider: StateStoreProvider, store: any, step: Step): unknown {
  if ('call' in step) return outcomeOf(store, step.call)
  const outcomes: unknown[] = []
  try {
    provider.transactionSync(() => {
      for (const call of step.together) outcomes.push(outcomeOf(store, call))
      if (step.fails) throw new Boom()
    })
  } catch (error) {
    if (!(error instanceof Boom)) throw error
  }
  return outcomes
}

/** Does the same steps on both engines, and compares what each gives and what is there in the end. */
function compare(open: (provider: StateStoreProvider) => object, steps: fc.Arbitrary<Step[]>): void {
  const inTheEnd: Step[] = [{ call: ['all'] }, { call: ['roundTrip'] }]
  fc.assert(
    fc.property(steps, steps => {
      const providers = (['sorted', 'portable'] as const).map(engine => memory({ engine }))
      const stores = providers.map(open)
      for (const step of [...steps, ...inTheEnd]) {
        const [expected, given] = providers.map((provider, i) => run(provider, stores[i], step))
        expect(given).toEqual(expected)
      }
      for (const provider of providers) void provider.close()
    }),
    RUNS,
  )
}

const limits = fc.record({ reverse: fc.boolean(), limit: fc.nat(5) }, { requiredKeys: [] })

describe.each(keyCases.map(keyCase => [keyCase.codec.id, keyCase] as const))('keys of %s', (_, { codec, values }) => {
  it('give the same rows in the same order', () => {
    const steps = fc.array(values as fc.Arbitrary<any>, { minLength: 3, maxLength: 10 }).chain(some => {
      const keys = fc.constantFrom(...some)
      const value = fc.string({ maxLength: 40 })
      return stepsOf(
        call('putSync', keys, value),
        call('putIfAbsentSync', keys, value),
        call('deleteSync', keys),
        call('getSync', keys),
        call('hasSync', keys),
        call('getManySync', fc.array(keys, { maxLength: 20 })),
        call('range', keys, keys, limits),
        call('range', keys, fc.constant(undefined), limits),
        call('countSync', keys, keys),
      )
    })
    compare(one => one.createKeyValueStore('rows', { keyCodec: codec, valueCodec: string() }), steps)
  })
})

const numbers = [
  { codec: u32(), values: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(2 ** 32 - 1, 2 ** 31, 1.5)) },
  { codec: u64(), values: fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.constantFrom(2n ** 64n - 1n, 2n ** 63n)) },
  { codec: i64(), values: fc.oneof(fc.bigInt({ min: -5n, max: 5n }), fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n))) },
  { codec: f64(), values: fc.oneof(fc.double(), fc.constantFrom(-0, Infinity, -Infinity)) },
]

describe.each(numbers.map(number => [number.codec.id, number] as const))('numbers of %s', (_, { codec, values }) => {
  it('have the same sums', () => {
    const steps = stepsOf(call('addSync', fc.nat(2), values))
    compare(one => one.createKeyValueStore('sums', { keyCodec: u32(), valueCodec: codec as any }), steps)
  })
})

it('fields of structs change alike', () => {
  const valueCodec = struct({ count: u32(), last: i64(), mean: f64(), name: string() })
  const op = (values: fc.Arbitrary<unknown>) =>
    fc.tuple(fc.constantFrom('add', 'max', 'min', 'set'), values).map(([name, value]) => ({ [name]: value }))
  const ops = fc.record(
    {
      count: op(fc.integer({ min: -3, max: 3 })),
      last: op(fc.bigInt({ min: -9n, max: 9n })),
      mean: op(fc.double({ noNaN: true })),
      name: fc.record({ set: fc.string({ maxLength: 3 }) }),
    },
    { requiredKeys: [] },
  )
  const steps = stepsOf(call('updateFieldsSync', fc.nat(2), ops), call('getSync', fc.nat(2)))
  compare(one => one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec }), steps)
})

const keys = fc.constantFrom('', '\0', '\0\0', 'a', 'a\0', 'aa', 'é', '\uffff')
const values = fc.nat(9)
const times = fc.oneof(fc.integer({ min: -30, max: 30 }), fc.constantFrom(2 ** 53 - 1, -(2 ** 53) + 1, -0))
const bounds = fc.oneof(times, fc.constantFrom(Infinity, -Infinity, 1e300, -1e300))
/** The start and the end of something so long at most. */
const spans = fc.tuple(times, fc.nat(30)).map(([start, length]) => [start, start + length])

describe.each([false, true])('windows, retainDuplicates %s', retainDuplicates => {
  it('give the same rows in the same order', () => {
    const steps = stepsOf(
      call('putSync', keys, values, times),
      fc.tuple(keys, values, spans).map(([key, value, span]): Call => ['putSync', key, value, ...span]),
      call('deleteSync', keys, times),
      call('getSync', keys, times),
      call('addSync', keys, times, fc.integer({ min: -9, max: 9 })),
      call('fetch', keys, bounds, bounds, limits),
      call('fetchAll', bounds, bounds, limits),
      call('fetchRange', keys, keys, bounds, bounds, limits),
      call('expireSync', times),
      call('countSync'),
    )
    const options = { keyCodec: string(), valueCodec: u32(), windowSize: 10, retention: 20, retainDuplicates }
    compare(one => one.createWindowStore('windows', options), steps)
  })
})

it('sessions give the same rows in the same order', () => {
  const sum = fc.constant((near: { value: number }[]) => near.reduce((sum, { value }) => sum + value, 1))
  const steps = stepsOf(
    fc.tuple(keys, values, spans).map(([key, value, span]): Call => ['putSync', key, value, ...span]),
    call('mergeSync', keys, times, fc.integer({ min: 1, max: 12 }), sum),
    fc.tuple(keys, spans).map(([key, span]): Call => ['removeSync', key, ...span]),
    call('removeSync', keys),
    call('findSessions', keys, bounds, bounds, limits),
    call('findSessionsRange', keys, keys, bounds, bounds, limits),
    call('expireSync', times),
    call('countSync'),
  )
  const options = { keyCodec: string(), valueCodec: u32(), retention: 20 }
  compare(one => one.createSessionStore('sessions', options), steps)
})
