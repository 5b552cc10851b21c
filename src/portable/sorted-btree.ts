import { createRequire } from 'node:module'

type Library = typeof import('sorted-btree')
type Diff = typeof import('sorted-btree/extended/diffAgainst.js')
export type SortedTree<K, V> = InstanceType<typeof import('sorted-btree').default<K, V>>

// Required: what `import` gives of it is not the same everywhere.
const require = createRequire(import.meta.url)
const { default: BTree } = require('sorted-btree') as Library

/** An empty tree. */
export const emptyTree = <K, V>(compare: (a: K, b: K) => number): SortedTree<K, V> =>
  new BTree<K, V>(undefined, compare)

/** Hands the keys that two trees have different values for to `visit`, with those of the first: O(what they don't share). */
export function differences<K, V>(
  now: SortedTree<K, V>,
  before: SortedTree<K, V>,
  visit: (key: K, value: V | undefined) => void,
): void {
  const { default: diff } = require('sorted-btree/extended/diffAgainst.js') as Diff
  const put = (key: K, value: V) => void visit(key, value)
  diff(now, before, put, key => void visit(key, undefined), put)
}
