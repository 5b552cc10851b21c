import type { Rows } from '../store/types.js'

/** One of the two ways to the same behaviour: the tests are written against the async one. */
export interface Door {
  readonly name: string
  /** The store with each async method done this way. */
  through<S extends object>(store: S): S
  /** All rows, by the loop that belongs to this way. */
  read<T>(rows: Rows<T>): Promise<T[]>
}

const asyncDoor: Door = {
  name: 'async',
  through: store => wrapped(store, (target, name) => rejecting(target, name) ?? target[name]),
  async read(rows) {
    const all = []
    for await (const row of rows) all.push(row)
    return all
  },
}

const syncDoor: Door = {
  name: 'Sync',
  through: store => wrapped(store, (target, name) => twinOf(target, name) ?? target[name]),
  async read(rows) {
    const all = []
    for (const row of rows) all.push(row)
    return all
  },
}

export const doors: readonly Door[] = [asyncDoor, syncDoor]

type Methods = Record<string, (...args: any[]) => any>

/** An async method that has a Sync twin: to throw at once, where it is to reject, is another failure. */
function rejecting(target: Methods, name: string) {
  if (!(`${name}Sync` in target)) return undefined
  return (...args: unknown[]) => {
    try {
      return target[name]!(...args)
    } catch (cause) {
      throw new Error(`${name} threw, and gave no promise`, { cause })
    }
  }
}

/** The Sync twin as an async method, which rejects with what the twin throws. */
function twinOf(target: Methods, name: string) {
  if (!(`${name}Sync` in target)) return undefined
  return async (...args: unknown[]) => {
    const result = target[`${name}Sync`]!(...args)
    if (result instanceof Promise) throw new Error(`${name}Sync gave a promise`)
    return result
  }
}

function wrapped<S extends object>(store: S, pick: (target: Methods, name: string) => unknown): S {
  return new Proxy(store, {
    get(target, name) {
      // Private fields want the store itself as `this`.
      const value = typeof name === 'string' ? pick(target as unknown as Methods, name) : Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : (value ?? Reflect.get(target, name, target))
    },
  })
}
