import type { EngineInMemory } from './choose.js'
import { portable } from './index.js'

/**
 * The portable engine. In the package this module is another one, which loads the engine's file when it is called:
 * to import it takes 3 ms, and programs with a native engine need none. See scripts/bundle.mjs.
 */
export const loadPortable = (): EngineInMemory => portable
