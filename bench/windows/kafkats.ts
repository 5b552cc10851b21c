import type { Tally } from '../driver.js'
import { openKafkats } from '../drivers/kafkats.js'
import { HOUR, type Timed } from './timed.js'

/** What is put is awaited by the commit alone: else the stores would be filled for minutes. */
export function kafkats(stateDir: string): Timed {
  const provider = openKafkats(stateDir)
  let puts: Promise<void>[] = []
  return {
    windows(name) {
      const store = provider.windows<Tally>(name, { windowSizeMs: HOUR, retentionMs: 0 })
      const window = (key: string, start: number) => ({ key, windowStart: start, windowEnd: start + HOUR })
      return {
        put: (key, start, value) => void puts.push(store.put(window(key, start), value)),
        async observe(key, start, amount) {
          const at = window(key, start)
          const { count, sum, lastSeen } = (await store.get(at)) ?? { count: 0, sum: 0, lastSeen: 0 }
          await store.put(at, { count: count + 1, sum: sum + amount, lastSeen: Math.max(lastSeen, start) })
        },
        fetch: (key, from, to) => sumOf(store.fetch(key, from, to)),
        expire: time => store.expireOldWindows(time),
      }
    },
    sessions(name) {
      const store = provider.sessions<Tally>(name, { retentionMs: 0 })
      return {
        put: (key, windowStart, windowEnd, value) => void puts.push(store.put({ key, windowStart, windowEnd }, value)),
        find: (key, from, to) => sumOf(store.findSessions(key, from, to)),
      }
    },
    async commit(write) {
      const sum = await write()
      await Promise.all(puts)
      puts = []
      return sum
    },
    close: () => provider.close(),
  }
}

async function sumOf(rows: AsyncIterable<[unknown, Tally]>): Promise<number> {
  let sum = 0
  for await (const [, { count }] of rows) sum += count
  return sum
}
