import { createRequire } from 'node:module'
import { type Driver, type Store, type ValueKind, type Values, weigh } from '../driver.js'

// The package is CommonJS: what an import has for its default, Node and Vitest do not agree on.
const load = createRequire(import.meta.url)
const { default: BTree, simpleComparator } = load('sorted-btree') as typeof import('sorted-btree')

export { BTree }

/** The fastest comparator that the package has for strings: a third less than its default takes at 10 k keys. */
export const compareTexts = simpleComparator as (a: string, b: string) => number

function treeOf<K extends ValueKind>(compare: ((a: string, b: string) => number) | undefined): Store<Values[K]> {
  const tree = new BTree<string, Values[K]>(undefined, compare)
  return {
    get: key => tree.get(key),
    put(key, value) {
      tree.set(key, value)
    },
    getMany: keys => keys.map(key => tree.get(key)),
    // Its callbacks (`forRange`) take as long.
    scan(from, limit) {
      let sum = 0
      let rows = 0
      for (const [key, value] of tree.entries(from)) {
        sum += weigh(value) + key.length
        if (++rows === limit) break
      }
      return sum
    },
    update(key, change) {
      tree.set(key, change(tree.get(key)))
    },
    add(key, delta) {
      tree.set(key, (((tree.get(key) as number | undefined) ?? 0) + delta) as Values[K])
    },
    close() {},
  }
}

export const sortedBTree: Driver = { package: 'sorted-btree', open: () => treeOf(compareTexts) }

/** As `new BTree()` makes it. */
export const sortedBTreeDefault: Driver = { package: 'sorted-btree', open: () => treeOf(undefined) }
