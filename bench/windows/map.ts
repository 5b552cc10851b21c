import type { Tally } from '../driver.js'
import { HOUR, type Sessions, type Timed, type Windows } from './timed.js'

/** A Map of Maps by the start, as one would write it by hand; sessions in an array. */
export const map = (): Timed => ({ windows, sessions, commit: write => write(), close() {} })

function entryOf<K, V>(all: Map<K, V>, key: K, make: () => V): V {
  const known = all.get(key) ?? make()
  if (!all.has(key)) all.set(key, known)
  return known
}

function windows(): Windows {
  const all = new Map<string, Map<number, Tally>>()
  return {
    put(key, start, value) {
      entryOf(all, key, () => new Map()).set(start, value)
    },
    observe(key, start, amount) {
      const ofKey = entryOf(all, key, () => new Map<number, Tally>())
      const tally = entryOf(ofKey, start, () => ({ count: 0, sum: 0, lastSeen: 0 }))
      tally.count++
      tally.sum += amount
      tally.lastSeen = Math.max(tally.lastSeen, start)
    },
    fetch(key, from, to) {
      let sum = 0
      for (const [start, { count }] of all.get(key) ?? []) if (start >= from && start <= to) sum += count
      return sum
    },
    expire(time) {
      let removed = 0
      for (const ofKey of all.values()) {
        for (const start of ofKey.keys()) if (start + HOUR < time) removed += Number(ofKey.delete(start))
      }
      return removed
    },
  }
}

function sessions(): Sessions {
  const all = new Map<string, { start: number; end: number; value: Tally }[]>()
  return {
    put(key, start, end, value) {
      entryOf(all, key, () => []).push({ start, end, value })
    },
    find(key, from, to) {
      let sum = 0
      for (const { start, end, value } of all.get(key) ?? []) if (end >= from && start <= to) sum += value.count
      return sum
    },
  }
}
