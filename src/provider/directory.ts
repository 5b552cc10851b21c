import { type DurableProblem, type Handle, native } from '../native/binding.js'
import { CLOSED, failure, MISSING } from '../native/status.js'
import { type Definition, parseDefinition } from '../store/definition.js'
import type { ReadStoredKey } from '../store/stored-key.js'
import { jobDone } from './job.js'
import type { LmdbStats, LongWork, Problem } from './types.js'

// What a directory is asked for, whether it is open for writing or for reading.

export function offsetsOf(engine: Handle): ReadonlyMap<string, bigint> {
  const offsets = native().binding.offsets(engine)
  if (typeof offsets === 'number') throw failure(offsets)
  return new Map(offsets.map(({ source, position }) => [source, position]))
}

/** What a store was made as; undefined where there is none of this name. */
export function definitionOf(engine: Handle, store: string): Definition | undefined {
  const text = native().binding.storeDefinition(engine, store)
  if (text === MISSING) return undefined
  if (typeof text === 'number') throw failure(text, { store })
  return parseDefinition(store, text)
}

type OfDirectory = Omit<LmdbStats, 'openIterators' | 'oldestIteratorMs' | 'failedCommits'>

export function statsOf(engine: Handle): OfDirectory {
  const stats = native().binding.durableStats(engine)
  if (!stats) throw failure(CLOSED)
  const { entries, mapBytes, logBytes, overlayBytes, pendingBytes } = stats
  return { entries, nativeBytes: overlayBytes, mapBytes, logBytes, overlayBytes, pendingBytes }
}

/** What a verification finds, with keys decoded of the stores that are open. */
export async function verified(
  engine: Handle,
  options: LongWork,
  readers: ReadonlyMap<string, ReadStoredKey>,
): Promise<readonly Problem[]> {
  const problems = await jobDone(() => native().binding.startVerify(engine), options)
  return problems.map(({ store, key, problem }: DurableProblem) => {
    return key === undefined ? { store, problem } : { store, key: decoded(key, readers.get(store)), problem }
  })
}

function decoded(key: Uint8Array, read: ReadStoredKey | undefined): unknown {
  const bytes = Buffer.from(key)
  try {
    return read ? read(bytes) : bytes
  } catch {
    return bytes
  }
}
