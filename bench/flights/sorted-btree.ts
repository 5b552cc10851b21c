import { BTree, compareTexts } from '../drivers/sorted-btree.js'
import { type AirportTime, orderedState, type Table } from './ordered.js'
import { benchStateOf, type State } from './state.js'

/** Of an airport and a number; twice as fast as the package's comparator on texts made of both. */
const compare = (a: AirportTime, b: AirportTime) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1])

/** A tree a store, whose rows are changed where they lie. */
export const sortedBTree = (): State =>
  benchStateOf(
    orderedState('sorted-btree', {
      airports: ofTexts(),
      routes: ofTexts(),
      hours: ofPairs(),
      spells: ofPairs(),
      rhythm: ofPairs(),
      states: ofTexts(),
      places: ofTexts(),
    }),
  )

const ofTexts = <V>() => tableOf<string, V>(compareTexts, (a, b) => a === b)
const ofPairs = <V>() => tableOf<AirportTime, V>(compare, (a, b) => a[0] === b[0])

function tableOf<K, V>(compare: (a: K, b: K) => number, beginAlike: (a: K, b: K) => boolean): Table<K, V> {
  const tree = new BTree<K, V>(undefined, compare)
  return {
    get: key => tree.get(key),
    put: (key, row) => void tree.set(key, row),
    remove: key => void tree.delete(key),
    change(key, make, change) {
      const known = tree.get(key)
      if (known === undefined) tree.set(key, change(make()))
      else change(known)
    },
    rows: () => tree.entries(),
    *back(from) {
      for (const entry of tree.entriesReversed(from)) {
        if (!beginAlike(entry[0], from)) return
        yield entry
      }
    },
  }
}
