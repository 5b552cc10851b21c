// Thousands of random operations, each on our stores and on the published ones. What is known to differ is left out here
// and stands in differences.test.ts: where peers give no order or another one, the expected one is made of what they give.

import type { WindowStore } from '@kafkats/flow'
import { codec, type KeyValueStore, type SessionStore, type StateStoreProvider, type WindowedKey } from '@kafkats/flow'
import { afterAll, describe, expect, it } from 'vitest'
import { byKey, bySession, byWindow, toArray } from '../kafkats/entries.js'
import { ours, peers } from '../kafkats/providers.js'
import { random } from '../torture/programs/random.mjs'
import { tally, times } from '../torture/tally.js'

const OPERATIONS = times('MILLPOND_KAFKATS_OPERATIONS', 3000)
const SEEDS = 4
// The guarantees differ in what is on the disk, and not in what is seen.
const { 'flowLmdb, exactly once': _, ...seen } = ours

const codecs = { keyCodec: codec.string(), valueCodec: codec.json<unknown>() }
const RETENTION = 300
const KEYS = ['a', 'aa', 'aaa', 'ab', 'a\0', 'a\0b', 'b', 'ba', 'é', '\u{1F600}', '\uFFFF', 'z'.repeat(300)]

type Below = (bound: number) => number
/** An operation: what is called, and what each outcome is to be, given what the two peers gave. */
interface Operation<S> {
  readonly called: string
  run(store: S): Promise<unknown>
  /** Makes of a peer's outcome what ours has to be; the same, if it is missing. */
  expected?(outcome: any): unknown
  /** Whether ours may differ: on disk a number of entries is about. */
  isAbout?: boolean
}

const pick = <T>(below: Below, from: readonly T[]): T => from[below(from.length)]!
const anyValue = (below: Below) => pick<unknown>(below, [below(1000), 'text', null, { n: below(10) }, []])
const sortedBy =
  <K>(order: (one: K, other: K) => number) =>
  (entries: [K, unknown][]) =>
    entries.toSorted(([one], [other]) => order(one, other))

function keyValueOperation(below: Below): Operation<KeyValueStore<string, unknown>> {
  const [key, other, value] = [pick(below, KEYS), pick(below, KEYS), anyValue(below)]
  const which = below(20)
  if (which < 9) return { called: `put ${key}`, run: store => store.put(key, value) }
  if (which < 12) return { called: `delete ${key}`, run: store => store.delete(key) }
  if (which < 16) return { called: `get ${key}`, run: store => store.get(key) }
  if (which < 18) return { called: `range ${key} ${other}`, run: store => toArray(store.range(key, other)) }
  if (which < 19) return { called: 'all', run: store => toArray(store.all()), expected: sortedBy(byKey) }
  return { called: 'entries', run: store => store.approximateNumEntries(), isAbout: true }
}

/** Mostly a time of late, at times an early or a negative one. */
const timeOf = (below: Below, step: number) => step + below(200) - (below(10) === 0 ? 400 : 100)

function windowOperation(below: Below, step: number): Operation<WindowStore<string, unknown>> {
  const [key, other, value] = [pick(below, KEYS), pick(below, KEYS), anyValue(below)]
  const [from, to] = [timeOf(below, step), timeOf(below, step)]
  const windowed = (key: string, windowStart: number): WindowedKey<string> => {
    return { key, windowStart, windowEnd: windowStart + pick(below, [10, 10, 10, 0, 50]) }
  }
  const one = windowed(key, from - (from % 5))
  const which = below(24)
  const expected = sortedBy(byWindow)
  if (which < 10) return { called: `put ${JSON.stringify(one)}`, run: store => store.put(one, value) }
  if (which < 12) return { called: `delete ${JSON.stringify(one)}`, run: store => store.delete(one) }
  if (which < 14) return { called: `get ${JSON.stringify(one)}`, run: store => store.get(one) }
  if (which < 17)
    return { called: `fetch ${key} ${from} ${to}`, run: store => toArray(store.fetch(key, from, to)), expected }
  if (which < 18) return { called: `fetchAll ${from} ${to}`, run: store => toArray(store.fetchAll(from, to)), expected }
  if (which < 20) {
    const called = `fetchRange ${key} ${other} ${from} ${to}`
    return { called, run: store => toArray(store.fetchRange(key, other, from, to)), expected }
  }
  if (which < 21) return { called: 'all', run: store => toArray(store.all()), expected }
  if (which < 22) return { called: `expire ${step}`, run: store => store.expireOldWindows(step) }
  if (which < 23) return { called: 'entries', run: store => store.approximateNumEntries(), isAbout: true }
  return rangeOf(one, windowed(other, to), byWindow)
}

function sessionOperation(below: Below, step: number): Operation<SessionStore<string, unknown>> {
  const [key, other, value] = [pick(below, KEYS), pick(below, KEYS), anyValue(below)]
  const [from, to] = [timeOf(below, step), timeOf(below, step)]
  const session = (key: string, windowStart: number): WindowedKey<string> => {
    return { key, windowStart, windowEnd: windowStart + pick(below, [0, 5, 100, 500]) }
  }
  const one = session(key, from - (from % 5))
  const which = below(24)
  const expected = sortedBy(bySession)
  if (which < 10) return { called: `put ${JSON.stringify(one)}`, run: store => store.put(one, value) }
  if (which < 12) return { called: `delete ${JSON.stringify(one)}`, run: store => store.delete(one) }
  if (which < 14) return { called: `get ${JSON.stringify(one)}`, run: store => store.get(one) }
  if (which < 18) {
    const called = `findSessions ${key} ${from} ${to}`
    return { called, run: store => toArray(store.findSessions(key, from, to)), expected }
  }
  if (which < 19) return { called: `remove ${key}`, run: store => store.remove(key) }
  if (which < 20) return { called: 'all', run: store => toArray(store.all()), expected }
  if (which < 22) {
    return { called: `expire ${step}`, run: async store => (await store.expireOldSessions(step)).toSorted(bySession) }
  }
  if (which < 23) return { called: 'entries', run: store => store.approximateNumEntries(), isAbout: true }
  return rangeOf(one, session(other, to), bySession)
}

/** A range of windowed keys, in the one order, which peers have not: of theirs, all that there is. */
function rangeOf<S extends WindowStore<string, unknown> | SessionStore<string, unknown>>(
  from: WindowedKey<string>,
  to: WindowedKey<string>,
  order: (one: WindowedKey<string>, other: WindowedKey<string>) => number,
): Operation<S> {
  return {
    called: `range ${JSON.stringify([from, to])}`,
    run: async store => ({ range: await toArray(store.range(from, to)), all: await toArray(store.all()) }),
    expected({ all }: { all: [WindowedKey<string>, unknown][] }) {
      const sorted = sortedBy(order)(all)
      const range = sorted.filter(([key]) => order(key, from) >= 0 && order(key, to) <= 0)
      return { range, all: sorted }
    },
  }
}

interface Kind<S> {
  open(provider: StateStoreProvider): S
  operation(below: Below, step: number): Operation<S>
}

const kinds: Record<string, Kind<any>> = {
  'key-value': { open: provider => provider.createKeyValueStore('store', codecs), operation: keyValueOperation },
  window: {
    open: provider => provider.createWindowStore('store', { ...codecs, windowSizeMs: 10, retentionMs: RETENTION }),
    operation: windowOperation,
  },
  session: {
    open: provider => provider.createSessionStore('store', { ...codecs, retentionMs: RETENTION }),
    operation: sessionOperation,
  },
}

/** One history on all stores; returns how many operations there were. */
async function history({ open, operation }: Kind<any>, seed: number, operations: number): Promise<number> {
  const below = random(seed)
  const providers = Object.entries({ ...peers, ...seen }).map(([name, open]) => ({
    name,
    provider: open(),
  }))
  const stores = providers.map(({ name, provider }) => ({ name, store: open(provider) }))
  for (let step = 0; step < operations; step++) {
    const { called, run, expected, isAbout } = operation(below, step)
    const outcomes = new Map<string, unknown>()
    for (const { name, store } of stores) outcomes.set(name, await run(store))
    for (const peer of Object.keys(peers) as (keyof typeof peers)[]) {
      const outcome = expected ? expected(outcomes.get(peer)) : outcomes.get(peer)
      for (const name of Object.keys(seen)) {
        if (isAbout && name === 'flowLmdb') continue
        expect(outcomes.get(name), `${name}, ${peer}, seed ${seed}, step ${step}: ${called}`).toEqual(outcome)
      }
    }
  }
  for (const { provider } of providers) await provider.close()
  return operations
}

describe('random operations give what they give on @kafkats/flow and @kafkats/flow-state-lmdb', () => {
  let done = 0
  const seeds = Array.from({ length: SEEDS }, (_, i) => Number(process.env.MILLPOND_SEED ?? 1) + i)
  describe.each(Object.entries(kinds))('on a %s store', (_, kind) => {
    it.each(seeds)(
      'with seed %i',
      async seed => {
        done += await history(kind, seed, Math.ceil(OPERATIONS / SEEDS))
      },
      60_000 + OPERATIONS * 20,
    )
  })
  afterAll(() => tally('operations beside kafkats', { done }))
})
