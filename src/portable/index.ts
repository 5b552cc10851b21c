import { bindingOf } from './binding.js'
import { PortableCheckpoints } from './checkpoint/engine.js'
import type { EngineInMemory } from './choose.js'
import { hotOf } from './hot.js'
import { OpenHandles } from './opened.js'
import { hotWindowedOf } from './windowed/hot.js'

/** The portable engine: the memory engine's in TypeScript, over `sorted-btree`. */
export const portable: EngineInMemory = makePortable()

function makePortable(): EngineInMemory {
  const open = new OpenHandles()
  return {
    border: { binding: bindingOf(open), hot: { ...hotOf(open), ...hotWindowedOf(open) } },
    checkpointsOf: memory => new PortableCheckpoints(open, memory),
  }
}
