import type { Codec } from '../codec/codec.js'
import { binding, type DurableProblem, type Handle } from '../native/binding.js'
import { CLOSED, failure } from '../native/status.js'
import { jobDone } from './job.js'
import type { LmdbStats, LongWork, Problem } from './types.js'

// What a directory is asked for, whether it is open for writing or for reading.

export function offsetsOf(engine: Handle): ReadonlyMap<string, bigint> {
  return new Map(binding.offsets(engine).map(({ source, position }) => [source, position]))
}

type OfDirectory = Omit<LmdbStats, 'openIterators' | 'oldestIteratorMs' | 'failedCommits'>

export function statsOf(engine: Handle): OfDirectory {
  const stats = binding.durableStats(engine)
  if (!stats) throw failure(CLOSED)
  const { entries, mapBytes, logBytes, overlayBytes, pendingBytes } = stats
  return { entries, nativeBytes: overlayBytes, mapBytes, logBytes, overlayBytes, pendingBytes }
}

/** What a verification finds, with keys decoded where their codec is known. */
export async function verified(
  engine: Handle,
  options: LongWork,
  keyCodecs: ReadonlyMap<string, Codec<any>>,
): Promise<readonly Problem[]> {
  const problems = await jobDone(binding.startVerify(engine), options)
  return problems.map(({ store, key, problem }: DurableProblem) => {
    return key === undefined ? { store, problem } : { store, key: decoded(key, keyCodecs.get(store)), problem }
  })
}

function decoded(key: Uint8Array, codec: Codec<any> | undefined): unknown {
  const bytes = Buffer.from(key)
  try {
    return codec ? codec.decode(bytes) : bytes
  } catch {
    return bytes
  }
}
