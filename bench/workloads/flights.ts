import type { DriverName } from '../drivers/index.js'
import type { State } from '../flights/state.js'
import { single } from '../measure.js'
import type { JobWorkload } from '../workload.js'

/** Flights between two commits. */
const BATCH = 50_000

/** Where the state of the job is kept, by the name of a driver. */
const states: { readonly [name in DriverName]?: (directory: string) => Promise<State> } = {
  map: async () => (await import('../flights/map.js')).map(),
  'sorted-btree': async () => (await import('../flights/sorted-btree.js')).sortedBTree(),
  'millpond memory()': async () => (await import('../flights/millpond.js')).millpondMemory(),
  'millpond lmdb()': async stateDir => (await import('../flights/millpond.js')).millpondLmdb(stateDir),
  'lmdb-js, structures': async directory => (await import('../flights/lmdb-js.js')).lmdbJs(directory),
  'kafkats lmdb': async directory => (await import('../flights/kafkats.js')).kafkats(directory),
}

/** The main job on its first `keys` flights, reading included; the time is that of a flight. */
export const flights: JobWorkload = {
  async measure(driver, directory, { keys }) {
    const { openFlights } = await import('../../examples/flights/source.js')
    const state = await states[driver]?.(directory)
    if (!state) return undefined
    const input = await openFlights({ limit: keys, batchRows: BATCH })
    const start = performance.now()
    let applied = 0
    for await (const batch of input.batches()) {
      const before = performance.now()
      await state.apply(batch)
      if (batch.nextRow === input.rows) await state.end()
      await state.commit(batch.nextRow)
      applied += performance.now() - before
    }
    const settling = performance.now()
    await state.settle()
    applied += performance.now() - settling
    const elapsed = performance.now() - start
    await state.close()
    const each = (time: number) => single((time * 1e6) / input.rows)
    // A whole row group is decoded even for a few flights: what does not read all is compared without that.
    return { figures: { '': each(elapsed), 'without reading': each(applied) }, notes: { flights: input.rows } }
  },
}
