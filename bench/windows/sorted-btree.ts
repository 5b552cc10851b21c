import sortedBTreeModule from 'sorted-btree'
import type { Tally } from '../driver.js'
import { HOUR, type Timed } from './timed.js'

// The package is CommonJS: what Node imports by default is its module object, not the class that its types promise.
const { default: BTree } = sortedBTreeModule as unknown as typeof import('sorted-btree')

type Key = readonly [key: string, start: number, end: number]

/** Twice as fast as texts made of key and times, with the package's comparator for strings. */
const compare = (a: Key, b: Key) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1] || a[2] - b[2])

/** By key, then time. */
export function sortedBTree(): Timed {
  const windows = new BTree<Key, Tally>(undefined, compare)
  const sessions = new BTree<Key, Tally>(undefined, compare)
  const put = (tree: typeof windows, key: Key, value: Tally) => void tree.set(key, value)
  const sumOf = (tree: typeof windows, key: string, from: number, to: number, endsFrom: number) => {
    let sum = 0
    for (const [at, { count }] of tree.entries([key, from, -Infinity])) {
      if (at[0] !== key || at[1] > to) break
      if (at[2] >= endsFrom) sum += count
    }
    return sum
  }
  return {
    putWindow: (key, start, value) => put(windows, [key, start, start + HOUR], value),
    observe(key, start, amount) {
      const at: Key = [key, start, start + HOUR]
      const { count, sum, lastSeen } = windows.get(at) ?? { count: 0, sum: 0, lastSeen: 0 }
      windows.set(at, { count: count + 1, sum: sum + amount, lastSeen: Math.max(lastSeen, start) })
    },
    fetch: (key, from, to) => sumOf(windows, key, from, to, -Infinity),
    expire(time) {
      const over: Key[] = []
      for (const at of windows.keys()) if (at[2] < time) over.push(at)
      return windows.deleteKeys(over)
    },
    putSession: (key, start, end, value) => put(sessions, [key, start, end], value),
    findSessions: (key, from, to) => sumOf(sessions, key, -Infinity, to, from),
    commit() {},
    close() {},
  }
}
