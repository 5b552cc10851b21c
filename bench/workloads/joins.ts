import { join } from 'node:path'
import type { Store, Tally } from '../driver.js'
import { type DiskDriverName, type DriverName, diskDrivers, drivers, type MemoryDriverName } from '../drivers/index.js'
import { keyOf } from '../keys.js'
import { measure } from '../measure.js'
import { START, tallyOf } from '../values.js'
import { timed } from '../windows/index.js'
import { HOUR, type Timed } from '../windows/timed.js'
import { Context, type JobWorkload, POINT_OPERATIONS, pointRound, type Round } from '../workload.js'
import { kept } from './get.js'

/** Events of a key on each side within the hour in which two of them meet: the pairs that an event makes. */
const EVENTS = 4

/** An event of a stream joined with the row of its key, and with the events of another stream within an hour. */
export const joins: JobWorkload = {
  async measure(driver, directory, parameters) {
    const streams = await timed[driver]?.(join(directory, 'streams'))
    if (!streams) return undefined
    const context = new Context(parameters)
    const table = await openTable(driver, join(directory, 'table'), parameters.keys)
    const { round, notes } = await streamRound(streams, context)
    const figures = await measure({ 'with a table': tableRound(table, context), 'of streams': round }, 300, 800)
    await table.close()
    await streams.close()
    return { figures, notes }
  },
}

type Table = Pick<Store<Tally>, 'get' | 'close'>

async function openTable(driver: DriverName, directory: string, keys: number): Promise<Table> {
  if (Object.hasOwn(drivers, driver)) {
    const store = await (await drivers[driver as MemoryDriverName]()).open('object')
    for (let i = 0; i < keys; i++) store.put(keyOf(i), tallyOf(i))
    return store
  }
  const store = await (await diskDrivers[driver as DiskDriverName]()).open(directory, 'object')
  await store.commit(() => {
    for (let i = 0; i < keys; i++) store.put(keyOf(i), tallyOf(i))
  })
  return { get: store.get!, close: store.close }
}

const tableRound = (table: Table, context: Context): Round =>
  pointRound(context.someKeys, keys => {
    let sum = 0
    for (const key of keys) {
      const row = table.get(key)
      if (row === undefined) continue
      const joined = { key, amount: 0.5, count: row.count, lastSeen: row.lastSeen }
      kept.value = joined
      sum += joined.count
    }
    return sum
  })

/**
 * Events of one side and the other in turn, each of them kept for its hour and joined with those that are kept of the
 * other side; a commit a round. The first hour is over before it is timed, and what no event to come can meet is let go
 * between rounds.
 */
async function streamRound(streams: Timed, context: Context): Promise<{ round: Round; notes: Record<string, number> }> {
  const [left, right] = [streams.windows('left'), streams.windows('right')]
  const hourly = 2 * EVENTS * context.parameters.keys
  let events = 0
  const now = () => START + Math.floor((events * HOUR) / hourly)
  const joinAll = (keys: readonly string[]) => {
    let sum = 0
    for (const key of keys) {
      const [own, other] = events % 2 === 0 ? [left, right] : [right, left]
      const time = now()
      own.put(key, time, { count: 1, sum: 0.5, lastSeen: time })
      sum += other.fetch(key, time - HOUR, time + HOUR) as number
      events += 1
    }
    return sum
  }
  const { prepare, ...round } = pointRound(context.someKeys, keys => streams.commit(() => joinAll(keys)))
  let pairs = 0
  while (events < hourly) {
    prepare()
    pairs += await round.run()
  }
  const notes = { 'events of the first hour': events, 'pairs of them': pairs }
  let expired = events
  return {
    notes,
    round: {
      ...round,
      prepare() {
        prepare()
        if (events - expired < Math.max(hourly / 6, POINT_OPERATIONS)) return
        expired = events
        left.expire(now())
        right.expire(now())
      },
    },
  }
}
