import type { Tally } from '../driver.js'
import { peer } from '../peers.js'
import { HOUR, type Timed } from './timed.js'

interface Key {
  key: string
  windowStart: number
  windowEnd: number
}

interface Store {
  get(key: Key): Promise<Tally | undefined>
  put(key: Key, value: Tally): Promise<void>
  fetch(key: string, from: number, to: number): AsyncIterable<[Key, Tally]>
  expireOldWindows(now: number): Promise<number>
  findSessions(key: string, from: number, to: number): AsyncIterable<[Key, Tally]>
  flush(): Promise<void>
}

interface Provider {
  createWindowStore(name: string, options: object): Store
  createSessionStore(name: string, options: object): Store
  close(): Promise<void>
}

const { lmdb } = peer<{ lmdb(options: { stateDir: string; mapSize: number }): Provider }>('@kafkats/flow-state-lmdb')
const { json, string } = peer<Record<'json' | 'string', () => unknown>>('@kafkats/flow')

async function sumOf(rows: AsyncIterable<[Key, Tally]>): Promise<number> {
  let sum = 0
  for await (const [, { count }] of rows) sum += count
  return sum
}

export function kafkats(stateDir: string): Timed {
  const provider = lmdb({ stateDir, mapSize: 2 ** 36 })
  const options = { keyCodec: string(), valueCodec: json(), windowSizeMs: HOUR, retentionMs: 0 }
  const [windows, sessions] = [
    provider.createWindowStore('windows', options),
    provider.createSessionStore('sessions', options),
  ]
  let puts: Promise<void>[] = []
  const window = (key: string, start: number): Key => ({ key, windowStart: start, windowEnd: start + HOUR })
  return {
    putWindow(key, start, value) {
      puts.push(windows.put(window(key, start), value))
    },
    async observe(key, start, amount) {
      const at = window(key, start)
      const { count, sum, lastSeen } = (await windows.get(at)) ?? { count: 0, sum: 0, lastSeen: 0 }
      await windows.put(at, { count: count + 1, sum: sum + amount, lastSeen: Math.max(lastSeen, start) })
    },
    fetch: (key, from, to) => sumOf(windows.fetch(key, from, to)),
    expire: time => windows.expireOldWindows(time),
    putSession(key, start, end, value) {
      puts.push(sessions.put({ key, windowStart: start, windowEnd: end }, value))
    },
    findSessions: (key, from, to) => sumOf(sessions.findSessions(key, from, to)),
    async commit() {
      await Promise.all(puts)
      puts = []
      await windows.flush()
    },
    close: () => provider.close(),
  }
}
