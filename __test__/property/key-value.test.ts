import { describe, expect, it } from 'vitest'
import { encodePrefix } from '../../src/codec/prefix.js'
import { type KeyValueStore, type ReadonlyKeyValueStore, type Snapshot, string } from '../../src/index.js'
import { engine } from '../engines.js'
import { type KeyKind, kinds, Model, type Random, random } from './key-value-model.js'

type Store = KeyValueStore<any, string, any>
type View = ReadonlyKeyValueStore<any, string, any> & Snapshot

const STEPS = 4000

/** A store, what it should hold, and views of it with what they should show. */
interface Run {
  readonly kind: KeyKind
  readonly of: Random
  readonly store: Store
  readonly model: Model<any>
  readonly views: { view: View; model: Model<any> }[]
  transaction(fn: () => void): void
}

const value = (of: Random) => {
  if (of.chance(0.01)) return 'large '.repeat(of.below(20_000))
  return of.chance(0.1) ? '' : `${of.below(1e6)}`.repeat(1 + of.below(20))
}

const writes: ((run: Run) => void)[] = [
  ({ kind, of, store, model }) => {
    const [key, one] = [kind.make(of), value(of)]
    store.putSync(key, one)
    model.put(key, one)
  },
  ({ kind, of, store, model }) => {
    const key = kind.make(of)
    store.deleteSync(key)
    model.delete(key)
  },
  ({ kind, of, store, model }) => {
    const [key, one] = [kind.make(of), value(of)]
    const before = model.get(key)
    expect(store.putIfAbsentSync(key, one)).toBe(before)
    if (before === undefined) model.put(key, one)
  },
  ({ kind, of, store, model }) => {
    const key = kind.make(of)
    const next = of.chance(0.3) ? undefined : value(of)
    const updated = store.updateSync(key, before => {
      expect(before).toBe(model.get(key))
      return next
    })
    expect(updated).toBe(next)
    if (next === undefined) model.delete(key)
    else model.put(key, next)
  },
  ({ kind, of, store, model }) => {
    const operations = Array.from({ length: of.below(30) }, () => {
      const key = kind.make(of)
      return of.chance(0.6) ? ({ type: 'put', key, value: value(of) } as const) : ({ type: 'delete', key } as const)
    })
    if (of.chance(0.2)) {
      const bad = [...operations, { type: 'put', key: kind.make(of), value: 7 as any } as const]
      expect(() => store.batchSync(bad)).toThrow()
      return
    }
    store.batchSync(operations)
    for (const operation of operations) {
      if (operation.type === 'put') model.put(operation.key, operation.value)
      else model.delete(operation.key)
    }
  },
]

const seldom: ((run: Run) => void)[] = [
  ({ store, model, of }) => {
    if (of.chance(0.2)) {
      void store.clear()
      model.clear()
    }
  },
  ({ store, model, views }) => {
    views.push({ view: store.snapshot(), model: model.copy() })
  },
  ({ store, model, views, of }) => {
    if (views.length === 0) return
    const { view, model: then } = of.pick(views)
    void store.restore(view)
    model.become(then)
  },
  ({ views, of }) => {
    if (views.length > 4) views.splice(of.below(views.length), 1)[0]!.view[Symbol.dispose]()
  },
]

function transaction(run: Run): void {
  const { model, of } = run
  const before = model.copy()
  const fails = of.chance(0.5)
  const boom = new Error('boom')
  const body = () =>
    run.transaction(() => {
      const steps = of.below(20)
      for (let step = 0; step < steps; step++) of.pick(writes)(run)
      if (of.chance(0.1)) seldom[0]!(run)
      compare(run.store, model, run)
      if (fails) throw boom
    })
  if (fails) {
    expect(body).toThrow(boom)
    model.become(before)
  } else body()
}

/** Rows in a form that is quick to compare. */
const shown = (rows: { key: unknown; value: string }[]) =>
  rows.map(({ key, value }) => [Buffer.isBuffer(key) ? key.toString('hex') : key, value])

/** One read of each kind, compared with the model. */
function compare(store: ReadonlyKeyValueStore<any, string, any>, model: Model<any>, { kind, of }: Run): void {
  const [a, b] = [kind.make(of), kind.make(of)]
  expect(store.getSync(a)).toBe(model.get(a))
  expect(store.hasSync(b)).toBe(model.get(b) !== undefined)
  const keys = Array.from({ length: of.below(20) }, () => kind.make(of))
  expect(store.getManySync(keys)).toEqual(keys.map(key => model.get(key)))
  const [from, to] = [of.chance(0.8) ? a : undefined, of.chance(0.8) ? b : undefined]
  const [reverse, limit] = [of.chance(0.5), of.chance(0.3) ? of.below(50) : Infinity]
  const inOrder = <T>(rows: T[]) => (reverse ? rows.reverse() : rows).slice(0, limit)
  expect(shown(store.range(from, to, { reverse, limit }).toArray())).toEqual(shown(inOrder(model.range(from, to))))
  expect(store.countSync(from, to)).toBe(model.range(from, to).length)
  expect(store.countSync()).toBe(model.size)
  if (!kind.prefix) return
  const prefix = kind.prefix(of)
  const expected = inOrder(model.starting(Buffer.from(encodePrefix(kind.codec, prefix))))
  expect(shown(store.prefix(prefix, { reverse, limit }).toArray())).toEqual(shown(expected))
}

function compareAll(store: ReadonlyKeyValueStore<any, string, any>, model: Model<any>): void {
  const rows = model.range(undefined, undefined)
  expect(shown(store.all().toArray())).toEqual(shown(rows))
  const keys = store.keys({ reverse: true }).toArray()
  expect(shown(keys.map(key => ({ key, value: '' })))).toEqual(
    shown(rows.map(({ key }) => ({ key, value: '' })).reverse()),
  )
  expect(store.values().toArray()).toEqual(rows.map(row => row.value))
}

/** Writes while it iterates: the loop must show what was there when it began. */
function iterate(run: Run): void {
  const expected = run.model.range(undefined, undefined)
  const seen = []
  for (const row of run.store.all()) {
    seen.push(row)
    if (run.of.chance(0.05)) run.of.pick(writes)(run)
  }
  expect(shown(seen)).toEqual(shown(expected))
}

const seeds = [1, 2, Number(process.env.MILLPOND_SEED ?? 3)]

describe.each(kinds.map(kind => [kind.name, kind] as const))('a store keyed by %s', (_, kind) => {
  it.each(seeds)('does what a sorted array does, with views of it alive (seed %i)', async seed => {
    const of = random(seed)
    const provider = engine.open()
    const store: Store = provider.createKeyValueStore('rows', { keyCodec: kind.codec, valueCodec: string() })
    const model = new Model<any>(kind.codec)
    const run: Run = { kind, of, store, model, views: [], transaction: fn => provider.transactionSync(fn) }
    for (let step = 0; step < STEPS; step++) {
      of.pick(writes)(run)
      if (step % 10 === 0) compare(store, model, run)
      if (of.chance(0.02)) transaction(run)
      if (of.chance(0.03)) of.pick(seldom)(run)
      if (run.views.length > 0 && step % 20 === 0) {
        const { view, model: then } = of.pick(run.views)
        compare(view, then, run)
      }
      if (step % 500 === 0) iterate(run)
    }
    compareAll(store, model)
    for (const { view, model: then } of run.views) {
      compareAll(view, then)
      view[Symbol.dispose]()
    }
    await provider.close()
  })
})
