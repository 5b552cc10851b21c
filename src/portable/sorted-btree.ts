import { createRequire } from 'node:module'

type Library = typeof import('sorted-btree')
export type SortedTree<K, V> = InstanceType<typeof import('sorted-btree').default<K, V>>

// Required: what `import` gives of it is not the same everywhere.
const { default: BTree } = createRequire(import.meta.url)('sorted-btree') as Library

/** An empty tree. */
export const emptyTree = <K, V>(compare: (a: K, b: K) => number): SortedTree<K, V> =>
  new BTree<K, V>(undefined, compare)
