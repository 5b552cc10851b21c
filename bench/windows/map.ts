import type { Tally } from '../driver.js'
import { HOUR, type Timed } from './timed.js'

/** A Map of Maps by the start, as one would write it by hand; sessions in an array. */
export function map(): Timed {
  const windows = new Map<string, Map<number, Tally>>()
  const sessions = new Map<string, { start: number; end: number; value: Tally }[]>()
  const of = <K, V>(all: Map<K, V>, key: K, make: () => V): V => {
    const known = all.get(key) ?? make()
    if (!all.has(key)) all.set(key, known)
    return known
  }
  return {
    putWindow(key, start, value) {
      of(windows, key, () => new Map()).set(start, value)
    },
    observe(key, start, amount) {
      const ofKey = of(windows, key, () => new Map<number, Tally>())
      const tally = of(ofKey, start, () => ({ count: 0, sum: 0, lastSeen: 0 }))
      tally.count++
      tally.sum += amount
      tally.lastSeen = Math.max(tally.lastSeen, start)
    },
    fetch(key, from, to) {
      let sum = 0
      for (const [start, { count }] of windows.get(key) ?? []) if (start >= from && start <= to) sum += count
      return sum
    },
    expire(time) {
      let removed = 0
      for (const ofKey of windows.values()) {
        for (const start of ofKey.keys()) if (start + HOUR < time) removed += Number(ofKey.delete(start))
      }
      return removed
    },
    putSession(key, start, end, value) {
      of(sessions, key, () => []).push({ start, end, value })
    },
    findSessions(key, from, to) {
      let sum = 0
      for (const { start, end, value } of sessions.get(key) ?? []) if (end >= from && start <= to) sum += value.count
      return sum
    },
    commit() {},
    close() {},
  }
}
