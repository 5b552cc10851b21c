import type { Tally } from '../driver.js'
import { type Database, open, structures } from '../drivers/lmdb-js.js'
import { HOUR, type Sessions, type Timed, type Windows } from './timed.js'

type Key = [key: string, start: number, end: number]

/** By key, then time, in its own order of arrays; with the names of fields stored once. */
export function lmdbJs(path: string): Timed {
  const root = open({ path })
  const database = (name: string) => root.openDB<Key, Tally>(name, structures)
  return {
    windows: name => windowsOf(database(name), write => root.transactionSync(write)),
    sessions: name => sessionsOf(database(name)),
    async commit(write) {
      const sum = root.transactionSync(write)
      await root.flushed
      return sum
    },
    close: () => root.close(),
  }
}

const windowsOf = (database: Database<Key, Tally>, transact: (write: () => void) => void): Windows => ({
  put: (key, start, value) => void database.put([key, start, start + HOUR], value),
  observe(key, start, amount) {
    const at: Key = [key, start, start + HOUR]
    const { count, sum, lastSeen } = database.get(at) ?? { count: 0, sum: 0, lastSeen: 0 }
    database.put(at, { count: count + 1, sum: sum + amount, lastSeen: Math.max(lastSeen, start) })
  },
  fetch(key, from, to) {
    let sum = 0
    for (const { value } of database.getRange({ start: [key, from], end: [key, to + 1] })) sum += value.count
    return sum
  },
  expire(time) {
    const over: Key[] = []
    for (const at of database.getKeys({})) if (at[2] < time) over.push(at)
    transact(() => {
      for (const at of over) database.remove(at)
    })
    return over.length
  },
})

const sessionsOf = (database: Database<Key, Tally>): Sessions => ({
  put: (key, start, end, value) => void database.put([key, start, end], value),
  find(key, from, to) {
    let sum = 0
    for (const { key: at, value } of database.getRange({ start: [key], end: [key, to + 1] })) {
      if (at[2] >= from) sum += value.count
    }
    return sum
  },
})
