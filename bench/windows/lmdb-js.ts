import type { Tally } from '../driver.js'
import { peer } from '../peers.js'
import { HOUR, type Timed } from './timed.js'

type Key = [key: string, start: number, end: number]

interface Database {
  get(key: Key): Tally | undefined
  put(key: Key, value: Tally): Promise<boolean>
  remove(key: Key): Promise<boolean>
  getRange(options: { start: unknown[]; end: unknown[] }): Iterable<{ key: Key; value: Tally }>
  getKeys(options: object): Iterable<Key>
}

interface Root {
  openDB(name: string, options: object): Database
  transactionSync(write: () => void): void
  readonly flushed: Promise<boolean>
  close(): Promise<void>
}

const { open } = peer<{ open(options: object): Root }>('lmdb')

/** By key, then time, in its own order of arrays; with the names of fields stored once. */
export function lmdbJs(path: string): Timed {
  const root = open({ path })
  const [windows, sessions] = ['windows', 'sessions'].map(name =>
    root.openDB(name, { sharedStructuresKey: Symbol.for('structures') }),
  ) as [Database, Database]
  return {
    putWindow: (key, start, value) => void windows.put([key, start, start + HOUR], value),
    observe(key, start, amount) {
      const at: Key = [key, start, start + HOUR]
      const { count, sum, lastSeen } = windows.get(at) ?? { count: 0, sum: 0, lastSeen: 0 }
      windows.put(at, { count: count + 1, sum: sum + amount, lastSeen: Math.max(lastSeen, start) })
    },
    fetch(key, from, to) {
      let sum = 0
      for (const { value } of windows.getRange({ start: [key, from], end: [key, to + 1] })) sum += value.count
      return sum
    },
    async expire(time) {
      const over: Key[] = []
      for (const at of windows.getKeys({})) if (at[2] < time) over.push(at)
      root.transactionSync(() => {
        for (const at of over) windows.remove(at)
      })
      return over.length
    },
    putSession: (key, start, end, value) => void sessions.put([key, start, end], value),
    findSessions(key, from, to) {
      let sum = 0
      for (const { key: at, value } of sessions.getRange({ start: [key], end: [key, to + 1] })) {
        if (at[2] >= from) sum += value.count
      }
      return sum
    },
    commit: () => root.flushed,
    close: () => root.close(),
  }
}
