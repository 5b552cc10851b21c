import { MillpondError } from '../error.js'
import type { Border, Handle, StoreTables } from '../native/binding.js'
import { CLOSED, failure } from '../native/status.js'
import { checkLongWork } from '../provider/job.js'
import { checkPath } from '../provider/lmdb-options.js'
import type { LongWork } from '../provider/types.js'
import { type Definition, parseDefinition, reopened } from '../store/definition.js'
import type { PinnedCoding } from '../store/dictionary.js'
import { DictionaryTable } from '../store/dictionary-table.js'
import type { Expiring } from '../store/expiring.js'
import type { Reader } from '../store/reader.js'
import type { Store } from '../store/store.js'
import type { Views } from '../store/views.js'
import { asMillpond, writeFile } from './directory.js'
import type { CheckpointBytes } from './engine.js'

/** A store at one moment. */
export interface SavedStore {
  readonly name: string
  readonly definition: Definition
  readonly view: Handle
  readonly expiring: Expiring
  readonly coding: PinnedCoding
}

/** Writes views to a file, which is there wholly or not at all. */
export async function saveFile(
  views: Views,
  stores: readonly SavedStore[],
  offsets: ReadonlyMap<string, bigint>,
  path: string,
  options: LongWork,
): Promise<void> {
  checkPath(path, 'save: path')
  checkLongWork('save', options)
  options.signal?.throwIfAborted()
  await writeBytes(path, bytesOf(views, stores, offsets, options), options.signal)
}

/** Writes what another thread packs to a file. */
export async function writeBytes(path: string, bytes: CheckpointBytes, signal: AbortSignal | undefined): Promise<void> {
  try {
    await asMillpond(`write ${path}`, () => writeFile(path, bytes, signal))
  } finally {
    bytes.end()
  }
}

/** Begun at once: the views may be disposed before all of it is written. */
function bytesOf(
  { border, files }: Views,
  stores: readonly SavedStore[],
  offsets: ReadonlyMap<string, bigint>,
  options: LongWork,
): CheckpointBytes {
  const dictionaries = border.binding.openProvider(null)
  if (dictionaries < 0) throw failure(dictionaries)
  try {
    const tables = stores.map(store => tablesOf(border, store, dictionaries))
    return files.bytesOf(tables, offsets, options)
  } finally {
    border.binding.closeProvider(dictionaries)
  }
}

function tablesOf(
  border: Border,
  { name, definition, view, expiring, coding }: SavedStore,
  dictionaries: Handle,
): StoreTables {
  const expiry = expiring.handle
  return {
    name,
    definition: JSON.stringify(definition),
    store: view,
    ...(expiry === undefined ? {} : { expiry }),
    ...(coding.texts.size === 0 ? {} : { dictionary: dictionaryOf(border, name, coding, dictionaries) }),
  }
}

/** A table of the codes as they are for a view: that of its store may have others by now. */
function dictionaryOf(border: Border, name: string, { texts }: PinnedCoding, provider: Handle): Handle {
  const handle = border.binding.openStore(provider, false)
  if (handle < 0) throw failure(handle, { store: name })
  const table = new DictionaryTable(border, handle, name)
  for (let code = 0; code < texts.size; code++) table.put(code, texts.textOf(code)!)
  return handle
}

/** Puts what a file has of a store in the place of all that it holds. */
export async function restoreFile(store: Reader<any, any> & Store, path: string, options: LongWork): Promise<void> {
  const { name, owner, definition, codecs } = store
  checkPath(path, 'restore: path')
  checkLongWork('restore', options)
  owner.transactions.refuse('restore')
  await owner.checkpoints.turns.take(async () => {
    if (store.closed) throw failure(CLOSED, { store: name })
    const { stores } = owner.checkpoints.contents([path])
    const found = stores.find(one => one.name === name) ?? (stores.length === 1 ? stores[0] : undefined)
    if (!found) {
      const message = `store ${JSON.stringify(name)}: ${path} has ${stores.length} stores, and none of this name`
      throw new MillpondError('ERR_MILLPOND_STORE_MISMATCH', message, { store: name })
    }
    reopened(name, parseDefinition(name, found.definition), definition, codecs.valueCodec)
    const dictionary = owner.dictionaryOf(name, store.handle)
    if (found.hasExpiry) store.expiring.open()
    if (found.hasDictionary) dictionary.open()
    const tables: StoreTables = {
      name: found.name,
      definition: found.definition,
      store: store.handle,
      ...(store.expiring.handle === undefined ? {} : { expiry: store.expiring.handle }),
      ...(dictionary.handle === undefined ? {} : { dictionary: dictionary.handle }),
    }
    await owner.checkpoints.restoreStore(path, tables, options)
    if (!found.hasExpiry && store.ttl !== Infinity) store.expiring.limit(store.names(), store.ttl)
  })
}
