import type { Checkpoints, InMemory } from '../checkpoint/engine.js'
import { MemoryCheckpoints } from '../checkpoint/native-memory.js'
import { type Border, maybeNative, native } from '../native/binding.js'
import type { MemoryOptions } from '../provider/types.js'
import { loadPortable } from './load.js'

/** What keeps stores in memory. */
export interface EngineInMemory {
  readonly border: Border
  checkpointsOf(memory: InMemory): Checkpoints
}

let warned = false

/** The engine of a provider in memory: the one that is named, or the native one if a binary fits, else the portable one. */
export function engineInMemory(engine: MemoryOptions['engine']): EngineInMemory {
  if (engine === 'portable') return loadPortable()
  if (engine !== undefined) return nativeEngine(native())
  return maybeNative ? nativeEngine(maybeNative) : portableInstead()
}

const nativeEngine = (border: Border): EngineInMemory => ({
  border,
  checkpointsOf: memory => new MemoryCheckpoints(memory),
})

function portableInstead(): EngineInMemory {
  if (!warned) {
    warned = true
    const message = 'no native binary fits: stores in memory are those of the portable engine, several times slower'
    process.emitWarning(`millpond: ${message}`, 'MillpondWarning')
  }
  return loadPortable()
}
