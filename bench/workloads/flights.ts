import type { Batch } from '../../examples/flights/source.js'
import type { Tally } from '../../examples/flights/tally.js'
import { single } from '../measure.js'
import type { JobWorkload } from '../workload.js'

/** Flights between two commits. */
const BATCH = 50_000

interface State {
  apply(batch: Batch): void | Promise<void>
  /** Takes up what is open when the input ends. */
  end?(): void
  /** Makes all of it durable, with the position in the input where that is possible. */
  commit(nextRow: number): void | Promise<void>
  /** Resolves when all is durable. */
  settle?(): Promise<void>
  close(): void | Promise<void>
}

/** Where the state of the job is kept, by the name of a driver. */
const states: Readonly<Record<string, (directory: string) => Promise<State>>> = {
  async map() {
    const { mapState } = await import('../../examples/flights/map-state.js')
    return { ...mapState(), commit() {}, close() {} }
  },
  async 'millpond lmdb()'(stateDir) {
    const { lmdb } = await import('millpond')
    const { openState } = await import('../../examples/flights/state.js')
    const provider = lmdb({ stateDir, commits: 'manual' })
    let durable = Promise.resolve()
    return {
      ...openState(provider),
      // As the main job does it: one commit is on its way to the disk while the next flights are counted.
      async commit(nextRow) {
        await durable
        durable = provider.commit({ offsets: { flights: nextRow } })
      },
      settle: () => durable,
      close: () => provider.close(),
    }
  },
  // Less of a job than the others do: airports and routes alone, no windows and no sessions.
  // As its own operators go about it: one event after the other, each of its puts awaited, as a get sees no other.
  async 'kafkats lmdb'(directory) {
    const { addFlight, emptyTally } = await import('../../examples/flights/tally.js')
    const { openKafkats } = await import('../drivers/kafkats.js')
    const { provider, store } = openKafkats(directory)
    const [airports, routes] = [store<Tally>('airports'), store<Tally>('routes')]
    const count = async (tallies: typeof airports, key: string, delay: number, distance: number) =>
      tallies.put(key, addFlight((await tallies.get(key)) ?? emptyTally(), delay, distance))
    return {
      async apply({ origin, destination, delay, distance }) {
        for (let i = 0; i < origin.length; i++) {
          await count(airports, origin[i]!, delay[i]!, distance[i]!)
          await count(routes, `${origin[i]!}-${destination[i]!}`, delay[i]!, distance[i]!)
        }
      },
      commit: () => routes.flush(),
      close: () => provider.close(),
    }
  },
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
      if (batch.nextRow === input.rows) state.end?.()
      await state.commit(batch.nextRow)
      applied += performance.now() - before
    }
    const settling = performance.now()
    await state.settle?.()
    applied += performance.now() - settling
    const elapsed = performance.now() - start
    await state.close()
    const each = (time: number) => single((time * 1e6) / input.rows)
    // A whole row group is decoded even for a few flights: what does not read all is compared without that.
    return { figures: { '': each(elapsed), 'without reading': each(applied) }, notes: { flights: input.rows } }
  },
}
