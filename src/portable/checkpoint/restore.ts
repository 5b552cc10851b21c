import type { Handle, StoreTables } from '../../native/binding.js'
import type { OpenHandles } from '../opened.js'
import type { PlainStore } from '../store.js'
import { LoadedEntries } from '../table.js'
import { NOTE_KEY, timelineOf } from '../windowed/note.js'
import { WindowedStore } from '../windowed/store.js'
import { damaged, type TableKind } from './format.js'
import type { Pieces } from './pieces.js'
import type { Checkpoint } from './reader.js'

/** What was loaded, and is yet to be put in the place of what there is. */
export interface Replacement {
  /** What room that needs. */
  need(): number
  replace(): void
}

/** Loads what a checkpoint has of a store, and of its tables. What it does not have is empty. */
export async function loadStore(
  open: OpenHandles,
  checkpoint: Checkpoint,
  { name, store, expiry, dictionary }: StoreTables,
  pieces: Pieces,
): Promise<Replacement[]> {
  const target = open.store(store)
  const loaded: Replacement[] = []
  if (target instanceof WindowedStore) loaded.push(await loadWindowed(target, checkpoint, name, pieces))
  else loaded.push(await loadTable(target, checkpoint, name, 'r', pieces))
  const plain = async (kind: TableKind, table: Handle | undefined) => {
    if (table !== undefined) loaded.push(await loadTable(open.plain(table), checkpoint, name, kind, pieces))
  }
  await plain('e', expiry)
  await plain('d', dictionary)
  return loaded
}

async function loadTable(
  target: PlainStore,
  checkpoint: Checkpoint,
  store: string,
  kind: TableKind,
  pieces: Pieces,
): Promise<Replacement> {
  const { entries } = await load(checkpoint, store, kind, pieces)
  return { need: () => target.rows.needFor(entries), replace: () => target.replaceBy(entries) }
}

async function loadWindowed(
  target: WindowedStore,
  checkpoint: Checkpoint,
  store: string,
  pieces: Pieces,
): Promise<Replacement> {
  const { entries: rows } = await load(checkpoint, store, 'r', pieces)
  const { entries: index, note } = await load(checkpoint, store, 'i', pieces)
  if (rows.count !== index.count) throw damaged(`store ${store}: its index is of other rows`)
  const timeline = timelineOf(target.firstTimeline, note, index.latest)
  return {
    need: () => target.rows.needFor(rows) + target.index.needFor(index),
    replace: () => target.replaceBy(rows, index, timeline),
  }
}

/** What a table has; of an index the note apart. */
async function load(
  checkpoint: Checkpoint,
  store: string,
  kind: TableKind,
  pieces: Pieces,
): Promise<{ entries: LoadedEntries; note: Uint8Array | undefined }> {
  const entries = new LoadedEntries()
  let note: Uint8Array | undefined
  for (const { key, value } of checkpoint.table(store, kind) ?? []) {
    if (kind === 'i' && key === NOTE_KEY) note = value
    // A copy: the value is a piece of a page, which it would keep.
    else entries.add(key, new Uint8Array(value))
    if (pieces.add(key.length + value.length)) await pieces.turn()
  }
  return { entries, note }
}
