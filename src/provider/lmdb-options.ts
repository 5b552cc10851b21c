import { resolve } from 'node:path'
import { describe, invalidArgument } from '../error.js'
import { checkBoolean, checkOptions, functionOrNothing, oneOf, optional } from '../options.js'
import { checkWhole, isWellFormed } from './checks.js'
import type { LmdbOptions } from './types.js'

/** The options of a directory, each with its value. */
export type Settings = Readonly<Required<LmdbOptions>>

const MIB = 2 ** 20
const LARGEST = Number.MAX_SAFE_INTEGER

const defaults: Omit<Settings, 'stateDir'> = {
  mapSize: 2 ** 40,
  maxDbs: 256,
  mode: 0o600,
  commits: 'auto',
  durability: 'sync',
  maxPendingBytes: 256 * MIB,
  maxUncommittedBytes: 2048 * MIB,
  clock: Date.now,
}

/** Looks at options once, and gives those that are missing their values. */
export function settingsOf(options: unknown): Settings & { readonly readOnly: boolean } {
  checkOptions<LmdbOptions & { readOnly?: boolean }>('lmdb', options, {
    stateDir: checkPath,
    mapSize: optional(checkWhole(MIB, LARGEST)),
    maxDbs: optional(checkWhole(1, 32_767)),
    mode: optional(checkWhole(0, 0o777)),
    commits: optional(oneOf('auto', 'manual')),
    durability: optional(oneOf('sync', 'relaxed')),
    maxPendingBytes: optional(checkWhole(1, LARGEST)),
    maxUncommittedBytes: optional(checkWhole(1, LARGEST)),
    clock: functionOrNothing,
    readOnly: optional(checkBoolean),
  })
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...defaults, readOnly: false, ...Object.fromEntries(given), stateDir: resolve(options.stateDir) }
}

/** Refuses what is no path. */
export function checkPath(value: unknown, name: string): void {
  if (typeof value !== 'string') throw invalidArgument(`${name}: expected a path, got ${describe(value)}`)
  if (value === '') throw invalidArgument(`${name}: expected a path that is not empty`)
  if (value.includes('\0') || !isWellFormed(value)) throw invalidArgument(`${name}: no path: ${describe(value)}`)
}

/** Refuses settings other than those that a directory was opened with; the path to it may be another. */
export function requireSameSettings(known: Settings, wanted: Settings): void {
  for (const name of Object.keys(defaults) as (keyof typeof defaults)[]) {
    if (known[name] !== wanted[name]) {
      const [was, is] = [known[name], wanted[name]].map(describe)
      throw invalidArgument(`lmdb: ${name}: ${known.stateDir} is open with ${was}, not ${is}`)
    }
  }
}
