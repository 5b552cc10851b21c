import { f64, lmdb, memory, type StateStoreProvider, string, struct } from 'millpond'
import { HOUR, type Timed } from './timed.js'

const tally = struct({ count: f64(), sum: f64(), lastSeen: f64() })

export const millpondMemory = (): Timed => timedOf(memory({ commits: 'manual' }))

export const millpondLmdb = (stateDir: string): Timed => timedOf(lmdb({ stateDir, commits: 'manual' }))

function timedOf(provider: StateStoreProvider): Timed {
  const codecs = { keyCodec: string(), valueCodec: tally }
  const windows = provider.createWindowStore('windows', { ...codecs, windowSize: HOUR, retention: HOUR })
  const sessions = provider.createSessionStore('sessions', codecs)
  return {
    putWindow: (key, start, value) => windows.putSync(key, value, start),
    observe: (key, start, amount) =>
      windows.updateFieldsSync(key, start, { count: { add: 1 }, sum: { add: amount }, lastSeen: { max: start } }),
    fetch(key, from, to) {
      let sum = 0
      for (const { value } of windows.fetch(key, from, to)) sum += value.count
      return sum
    },
    expire: time => windows.expireSync(time + HOUR),
    putSession: (key, start, end, value) => sessions.putSync(key, value, start, end),
    findSessions(key, from, to) {
      let sum = 0
      for (const { value } of sessions.findSessions(key, from, to)) sum += value.count
      return sum
    },
    commit: () => provider.commit(),
    close: () => provider.close(),
  }
}
