import { type Database, open, structures } from '../drivers/lmdb-js.js'
import { orderedState, type Table } from './ordered.js'
import { benchStateOf, type State } from './state.js'

/**
 * A transaction a batch, in which a read sees what was written before; of a put outside of one it would not. The fastest
 * that it has here: `cache` takes longer, `putSync` and keys of two parts for the routes take as long.
 */
export function lmdbJs(path: string): State {
  const root = open({ path, maxDbs: 16 })
  const table = <K, V>(name: string) => tableOf(root.openDB<K, V>(name, structures))
  const job = root.openDB<string, unknown>('job', structures)
  const state = root.transactionSync(() =>
    orderedState('lmdb-js', {
      airports: table('airports'),
      routes: table('routes'),
      hours: table('hours'),
      spells: table('spells'),
      rhythm: table('rhythm'),
      states: table('states'),
      places: table('places'),
    }),
  )
  let flushed: Promise<unknown> = Promise.resolve()
  const write = (work: () => void) =>
    root.transactionSync(() => {
      work()
      job.put('clock', state.reading())
      job.put('busiest hours', state.busiestHours())
      job.put('longest spells', state.longestSpells())
    })
  return benchStateOf(state, {
    apply: batch =>
      write(() => {
        state.apply(batch)
        job.put('position', batch.nextRow)
      }),
    end: () => write(() => state.end()),
    // As the others do it: one commit is on its way to the disk while the next flights are counted.
    async commit() {
      await flushed
      flushed = root.flushed
    },
    settle: () => flushed,
    close: () => root.close(),
  })
}

function tableOf<K, V>(database: Database<K, V>): Table<K, V> {
  return {
    get: key => database.get(key),
    put: (key, row) => void database.put(key, row),
    remove: key => void database.remove(key),
    change: (key, make, change) => void database.put(key, change(database.get(key) ?? make())),
    *rows() {
      for (const { key, value } of database.getRange({})) yield [key, value]
    },
    *back(start) {
      const end = Array.isArray(start) ? start.slice(0, -1) : start
      for (const { key, value } of database.getRange({ start, end, reverse: true })) yield [key, value]
    },
  }
}
