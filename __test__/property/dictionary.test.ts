import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dictionary, optional, type StateStoreProvider, struct, u32 } from '../../src/index.js'
import { engine } from '../engines.js'

const options = { keyCodec: dictionary(), valueCodec: struct({ at: optional(dictionary()), n: u32() }) }
type Value = { at: string | null; n: number }
type Model = Map<string, Value>
const openStores = (one: StateStoreProvider) => ['left', 'right'].map(name => one.createKeyValueStore(name, options))
type Rows = ReturnType<typeof openStores>[number]
type Entry = { key: string; value: Value }

// Few texts and many, so that codes are often the same ones, and often others, in the two stores.
const text = fc.oneof(fc.constantFrom('', 'a', 'b', 'c'), fc.nat(300).map(String))
const at = fc.option(text)
const store = fc.nat(1)
const write = fc.oneof(
  fc.record({ type: fc.constant('put' as const), store, key: text, at }),
  fc.record({ type: fc.constant('delete' as const), store, key: text }),
  fc.record({ type: fc.constant('set' as const), store, key: text, at }),
  fc.record({ type: fc.constant('many' as const), store, from: fc.nat(300) }),
  fc.record({ type: fc.constant('clear' as const), store }),
  fc.record({ type: fc.constant('restore' as const), store, view: fc.nat() }),
)
const step = fc.oneof(
  { weight: 6, arbitrary: write },
  fc.record({ type: fc.constant('transaction' as const), writes: fc.array(write), fails: fc.boolean() }),
  fc.record({ type: fc.constant('snapshot' as const), store }),
  fc.record({ type: fc.constant('iterate' as const), store }),
  fc.record({ type: fc.constant('continue' as const), which: fc.nat() }),
  fc.constant({ type: 'reopen' as const }),
)
type Write = typeof write extends fc.Arbitrary<infer W> ? W : never
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const sorted = (entries: Iterable<[string, Value]>) => [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1))
const rowsOf = (rows: Iterable<Entry>) => sorted(Array.from(rows, ({ key, value }): [string, Value] => [key, value]))

class World {
  readonly #open = engine.place?.()
  #one = this.#open?.() ?? engine.open()
  #stores = openStores(this.#one)
  #models: Model[] = [new Map(), new Map()]
  #views: { view: ReturnType<Rows['snapshot']>; model: Model }[] = []
  #iterations: { rows: Iterator<Entry>; model: Model; seen: Entry[] }[] = []

  write(write: Write): void {
    const [rows, model] = [this.#stores[write.store]!, this.#models[write.store]!]
    if (write.type === 'put') this.#put(rows, model, write.key, { at: write.at, n: 1 })
    else if (write.type === 'delete') {
      rows.deleteSync(write.key)
      model.delete(write.key)
    } else if (write.type === 'set') {
      rows.updateFieldsSync(write.key, { at: { set: write.at }, n: { add: 1 } })
      model.set(write.key, { at: write.at, n: (model.get(write.key)?.n ?? 0) + 1 })
    } else if (write.type === 'many') {
      for (let n = write.from; n < write.from + 200; n++) this.#put(rows, model, `${n}`, { at: `at ${n}`, n })
    } else if (write.type === 'clear') {
      void rows.clear()
      model.clear()
    } else if (this.#views.length > 0) {
      const { view, model: from } = this.#views[write.view % this.#views.length]!
      void rows.restore(view)
      this.#models[write.store] = new Map(from)
    }
  }

  #put(rows: Rows, model: Model, key: string, value: Value): void {
    rows.putSync(key, value)
    model.set(key, value)
  }

  async step(step: Step): Promise<void> {
    if (step.type === 'transaction') this.#transaction(step.writes, step.fails)
    else if (step.type === 'snapshot') {
      this.#views.push({ view: this.#stores[step.store]!.snapshot(), model: new Map(this.#models[step.store]) })
    } else if (step.type === 'iterate') {
      const rows = this.#stores[step.store]!.all()[Symbol.iterator]()
      this.#iterations.push({ rows, model: new Map(this.#models[step.store]), seen: [] })
    } else if (step.type === 'continue') this.#continue(step.which)
    else if (step.type === 'reopen') await this.#reopen()
    else this.write(step)
    this.#check()
  }

  #transaction(writes: readonly Write[], fails: boolean): void {
    const before = this.#models.map(model => new Map(model))
    const run = () => {
      for (const write of writes) this.write(write)
      this.#check()
      if (fails) throw new Error('undone')
    }
    if (fails) {
      expect(() => this.#one.transactionSync(run)).toThrow('undone')
      this.#models = before
    } else this.#one.transactionSync(run)
  }

  /** Some rows more of an iteration; all that are left, if it is the last one. */
  #continue(which: number): void {
    const index = which % Math.max(1, this.#iterations.length)
    const iteration = this.#iterations[index]
    if (!iteration) return
    for (let count = 0; count < 150; count++) {
      const { done, value } = iteration.rows.next()
      if (!done) iteration.seen.push(value)
      else {
        this.#iterations.splice(index, 1)
        expect(rowsOf(iteration.seen)).toEqual(sorted(iteration.model))
        return
      }
    }
  }

  async #reopen(): Promise<void> {
    if (!this.#open) return
    await this.#one.close()
    this.#views = []
    this.#iterations = []
    this.#one = this.#open()
    this.#stores = openStores(this.#one)
  }

  #check(): void {
    for (const [i, rows] of this.#stores.entries()) {
      const model = this.#models[i]!
      expect(rows.countSync()).toBe(model.size)
      for (const key of ['', 'a', 'b', '7', '299']) expect(rows.getSync(key)).toEqual(model.get(key))
    }
  }

  async end(): Promise<void> {
    for (const [i, rows] of this.#stores.entries()) expect(rowsOf(rows.all())).toEqual(sorted(this.#models[i]!))
    for (const { view, model } of this.#views) expect(rowsOf(view.all())).toEqual(sorted(model))
    while (this.#iterations.length > 0) this.#continue(0)
    await this.#one.close()
  }
}

describe('stores of strings with codes', () => {
  it('do what maps do, with views, restores and transactions', async () => {
    // Opening a directory again takes several syncs.
    const runs = engine.place ? 25 : 300
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async steps => {
        const world = new World()
        for (const step of steps) await world.step(step)
        await world.end()
      }),
      { numRuns: runs },
    )
  }, 120_000)
})
