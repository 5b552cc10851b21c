import { type Border, maybeNative, native } from '../native/binding.js'
import type { MemoryOptions } from '../provider/types.js'
import { loadPortable } from './load.js'

let warned = false

/** The engine of a provider in memory: the one that is named, or the native one if a binary fits, else the portable one. */
export function memoryBorder(engine: MemoryOptions['engine']): Border {
  if (engine === 'portable') return loadPortable()
  if (engine !== undefined) return native()
  return maybeNative ?? portableInstead()
}

function portableInstead(): Border {
  if (!warned) {
    warned = true
    const message = 'no native binary fits: stores in memory are those of the portable engine, several times slower'
    process.emitWarning(`millpond: ${message}`, 'MillpondWarning')
  }
  return loadPortable()
}
