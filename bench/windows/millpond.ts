import { f64, lmdb, memory, type StateStoreProvider, string, struct } from 'millpond'
import { HOUR, type Timed } from './timed.js'

const codecs = { keyCodec: string(), valueCodec: struct({ count: f64(), sum: f64(), lastSeen: f64() }) }

export const millpondMemory = (): Timed => timedOf(memory({ commits: 'manual' }))

export const millpondLmdb = (stateDir: string): Timed => timedOf(lmdb({ stateDir, commits: 'manual' }))

const timedOf = (provider: StateStoreProvider): Timed => ({
  windows(name) {
    const store = provider.createWindowStore(name, { ...codecs, windowSize: HOUR, retention: HOUR })
    return {
      put: (key, start, value) => store.putSync(key, value, start),
      observe: (key, start, amount) =>
        store.updateFieldsSync(key, start, { count: { add: 1 }, sum: { add: amount }, lastSeen: { max: start } }),
      fetch(key, from, to) {
        let sum = 0
        for (const { value } of store.fetch(key, from, to)) sum += value.count
        return sum
      },
      expire: time => store.expireSync(time + HOUR),
    }
  },
  sessions(name) {
    const store = provider.createSessionStore(name, codecs)
    return {
      put: (key, start, end, value) => store.putSync(key, value, start, end),
      find(key, from, to) {
        let sum = 0
        for (const { value } of store.findSessions(key, from, to)) sum += value.count
        return sum
      },
    }
  },
  async commit(write) {
    const sum = await write()
    await provider.commit()
    return sum
  },
  close: () => provider.close(),
})
