import { findCheckpoint, withFiles } from '../checkpoint/load.js'
import { type CheckpointOptions, type CheckpointResult, saveCheckpoint } from '../checkpoint/save.js'
import { type CheckpointStorage, storageOf } from '../checkpoint/storage.js'
import type { Codec } from '../codec/codec.js'
import { describe, invalidArgument } from '../error.js'
import type { Handle } from '../native/binding.js'
import { checkBoolean, checkOptions, functionOrNothing, optional, signalOrNothing } from '../options.js'
import { type Definition, parseDefinition, reopened } from '../store/definition.js'
import type { Engine } from './base.js'
import { checkWhole } from './checks.js'
import type { LongWork } from './types.js'

export interface RestoreOptions extends LongWork {
  /** Which checkpoint, by the `id` that it was given; the newest by default. */
  id?: string
}

export interface RestoreResult {
  readonly id: string
  /** By source name, the next position to read, as the checkpoint has them. */
  readonly offsets: ReadonlyMap<string, bigint>
}

/** The stores that a provider has open. */
export interface Opened {
  handleOf(name: string, definition: Definition): Handle
  valueCodecOf(name: string): Codec<any> | undefined
}

const checkText = (value: unknown, name: string) => {
  if (typeof value !== 'string') throw invalidArgument(`${name}: expected a string, got ${describe(value)}`)
}

/** Writes what the stores of an engine hold now. */
export function checkpointOf(
  { checkpoints }: Engine,
  target: string | CheckpointStorage,
  options: CheckpointOptions,
): Promise<CheckpointResult> {
  const storage = storageOf('checkpoint: target', target)
  checkOptions<CheckpointOptions>('checkpoint', options, {
    incremental: optional(checkBoolean),
    retain: optional(checkWhole(1, Number.MAX_SAFE_INTEGER)),
    onProgress: functionOrNothing,
    signal: signalOrNothing,
  })
  // Begun at once: what is written after the call is not in it, however long others take before it.
  const beginning = checkpoints.moment()
  beginning.catch(() => {})
  return checkpoints.turns.take(async () => {
    const moment = await beginning
    try {
      return await saveCheckpoint(checkpoints, moment, storage, options)
    } finally {
      moment.end()
    }
  })
}

/** Puts a checkpoint in the place of what the stores of an engine hold. */
export function restoreInto(
  engine: Engine,
  opened: Opened,
  source: string | CheckpointStorage,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const storage = storageOf('restoreCheckpoint: source', source)
  checkOptions<RestoreOptions>('restoreCheckpoint', options, {
    id: optional(checkText),
    onProgress: functionOrNothing,
    signal: signalOrNothing,
  })
  const { id, ...work } = options
  return engine.checkpoints.turns.take(async () => {
    const { name, manifest } = await findCheckpoint(storage, id)
    await withFiles(storage, manifest, work.signal, paths => {
      openStores(engine, opened, paths)
      return engine.checkpoints.restore(paths, work)
    })
    return { id: name, offsets: manifest.offsets }
  })
}

/** Opens all stores of a checkpoint, and their tables; before that, nothing is changed where one of them does not fit. */
function openStores(engine: Engine, opened: Opened, paths: readonly string[]): void {
  const { checkpoints } = engine
  checkpoints.requireCommitted('restoreCheckpoint')
  const { stores } = checkpoints.contents(paths)
  const wanted = stores.map(store => {
    const before = parseDefinition(store.name, store.definition)
    return { ...store, definition: restored(engine, opened, store.name, before) }
  })
  for (const { name, definition, hasExpiry, hasDictionary } of wanted) {
    const known = engine.definition(name)
    const handle = opened.handleOf(name, definition)
    if (known && !isSame(known, definition)) engine.redefine(name, handle, definition)
    if (hasExpiry) engine.expiringOf(name, handle).open()
    if (hasDictionary) engine.dictionaryOf(name, handle).open()
  }
}

/** What a store becomes that is as it was in a checkpoint. */
function restored(engine: Engine, opened: Opened, name: string, before: Definition): Definition {
  const known = engine.definition(name)
  if (!known) return before
  const codec = opened.valueCodecOf(name)
  if (codec) return reopened(name, before, known, codec)
  // With another version of a value codec that nobody has opened it with, it is as it was there; no more than that may differ.
  const { valueVersion: _, ...wanted } = known
  reopened(name, before, { ...wanted, ...versionOf(before) }, undefined)
  return before
}

function versionOf({ valueVersion }: Definition): Pick<Definition, 'valueVersion'> {
  return valueVersion === undefined ? {} : { valueVersion }
}

function isSame(a: Definition, b: Definition): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
