import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { lmdb, memory, type StateStoreProvider } from '../src/index.js'

/** What engines take. */
export interface EngineOptions {
  commits?: 'auto' | 'manual'
  clock?: () => number
  /** Where it `limitsMemory`. */
  maxBytes?: number
}

/** An engine, as the tests of behaviour see it: how to open an empty provider of it, and what it can do beside. */
export interface Engine {
  readonly name: string
  open(options?: EngineOptions): StateStoreProvider
  /** Where a provider can be opened again and again, if it keeps what it holds. */
  place?(): (options?: EngineOptions) => StateStoreProvider
  /** A limit on memory can be set. */
  readonly limitsMemory: boolean
  /** `stats()` is exact about the memory of stores and views. */
  readonly countsMemory: boolean
  /** There can be thousands of stores. */
  readonly takesManyStores: boolean
}

const place: NonNullable<Engine['place']> = () => {
  const stateDir = temporaryDirectory()
  return options => lmdb({ stateDir, ...options })
}

const engines: readonly Engine[] = [
  { name: 'memory', open: memory, limitsMemory: true, countsMemory: true, takesManyStores: true },
  {
    name: 'hash',
    open: options => memory({ ...options, engine: 'hash' }),
    limitsMemory: true,
    countsMemory: true,
    takesManyStores: true,
  },
  {
    name: 'portable',
    open: options => memory({ ...options, engine: 'portable' }),
    limitsMemory: true,
    countsMemory: true,
    takesManyStores: true,
  },
  {
    name: 'lmdb',
    open: options => place()(options),
    place,
    limitsMemory: false,
    countsMemory: false,
    takesManyStores: false,
  },
]

/** The engine that this run of the tests is for: see vitest.config.ts. */
export const engine: Engine = engines.find(({ name }) => name === process.env.MILLPOND_ENGINE) ?? engines[0]!

const directories: string[] = []

/** A directory that goes when the tests of a file are over. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'millpond-'))
  directories.push(directory)
  return directory
}

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})
