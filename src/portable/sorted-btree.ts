import { createRequire } from 'node:module'

type Library = typeof import('sorted-btree')
export type SortedTree<K, V> = InstanceType<typeof import('sorted-btree').default<K, V>>

let loaded: Library | undefined

/** An empty tree, by the library that the first one loads: most programs have native engines and need none. */
export function emptyTree<K, V>(compare: (a: K, b: K) => number): SortedTree<K, V> {
  loaded ??= createRequire(import.meta.url)('sorted-btree') as Library
  return new loaded.default<K, V>(undefined, compare)
}
