import { type MemoryOptions, memory, type StateStoreProvider } from '../../src/index.js'

/** An engine, as the conformance tests see it: its name, and how to open an empty provider of it. */
export interface Engine {
  readonly name: string
  open(options?: Pick<MemoryOptions, 'commits'>): StateStoreProvider
}

/** Every engine that must pass; hash, portable and lmdb join here. */
export const engines: readonly Engine[] = [{ name: 'memory', open: memory }]
