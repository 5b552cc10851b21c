import { bool, type KeyValueStore, type LmdbProvider, lmdb, string, struct } from 'millpond'
import type { Place } from './args.js'
import { type Beginning, beginningOf, type Saved } from './beginning.js'
import type { Flights } from './source.js'
import { stateOf } from './state.js'
import type { Storage } from './storage.js'
import { fillPlaces, openStores, type Stores } from './stores.js'

/** Departures between two commits. */
const COMMIT_EVERY = 50_000
/** The input whose position is committed with the state. */
const SOURCE = 'flights'
/** The key of the one row that is about the run. Of what an earlier version of the job kept, 'run', none can go on. */
const RUN = 'run with windows'

/** The stores of a directory: those of the state, and one that says what was counted and whether to the end. */
interface DiskStores extends Stores {
  readonly job: KeyValueStore<string, Pick<Saved, 'input' | 'finished'>, string>
}

export function openDiskStores(provider: LmdbProvider): DiskStores {
  const valueCodec = struct({ input: string(), finished: bool() })
  return { ...openStores(provider), job: provider.createKeyValueStore('job', { keyCodec: string(), valueCodec }) }
}

/** Opens a directory to go on from where it was left, or to start afresh. */
export async function openOnDisk(
  { stateDir, fresh }: Extract<Place, { kind: 'disk' }>,
  flights: Flights,
): Promise<Storage> {
  const provider = lmdb({ stateDir, commits: 'manual' })
  try {
    const stores = openDiskStores(provider)
    const input = await flights.hash()
    const beginning = beginningOf(savedIn(provider, stores), { stateDir, input, rows: flights.rows, fresh })
    if (beginning.afresh) await startAfresh(provider, stores, input)
    return storageOf(provider, stores, stateDir, input, beginning)
  } catch (error) {
    await provider.close()
    throw error
  }
}

function savedIn(provider: LmdbProvider, { job }: DiskStores): Saved | undefined {
  const run = job.getSync(RUN)
  return run && { ...run, position: Number(provider.offsets().get(SOURCE)) }
}

/** All in one commit: killed before it is durable, the next run finds what this one did. */
async function startAfresh(provider: LmdbProvider, stores: DiskStores, input: string): Promise<void> {
  for (const store of Object.values(stores)) await store.clear()
  fillPlaces(stores)
  stores.job.putSync(RUN, { input, finished: false })
  await provider.commit({ offsets: { [SOURCE]: 0 } })
}

function storageOf(
  provider: LmdbProvider,
  stores: DiskStores,
  stateDir: string,
  input: string,
  { position, because }: Beginning,
): Storage {
  let committed = position
  let commits = 0
  let waitedMs = 0
  let durable = Promise.resolve()

  async function waitForDisk() {
    const start = performance.now()
    await durable
    waitedMs += performance.now() - start
  }
  /** One commit is on its way to the disk while the next departures are counted. */
  async function commitAt(nextRow: number) {
    await waitForDisk()
    durable = provider.commit({ offsets: { [SOURCE]: nextRow } })
    // Whoever waits for it next is told of a failure.
    durable.catch(() => {})
    committed = nextRow
    commits += 1
  }
  const every = COMMIT_EVERY.toLocaleString('en-US')
  return {
    state: stateOf(stores, provider),
    position,
    announcement: `Durable: on disk in ${stateDir}, committed every ${every} departures.\n${because}`,
    async commit(nextRow) {
      if (nextRow - committed >= COMMIT_EVERY) await commitAt(nextRow)
    },
    async finish(nextRow) {
      stores.job.putSync(RUN, { input, finished: true })
      await commitAt(nextRow)
      await waitForDisk()
      return { stateDir, commits, waitedSeconds: waitedMs / 1000 }
    },
    [Symbol.asyncDispose]: () => provider.close(),
  }
}
