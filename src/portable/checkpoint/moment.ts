import type { StoreTables } from '../../native/binding.js'
import type { Key } from '../key.js'
import type { OpenHandles } from '../opened.js'
import type { Change } from '../packed-increment.js'
import { Range } from '../range.js'
import type { TableView } from '../table.js'
import { NOTE_KEY, noteOf } from '../windowed/note.js'
import { WindowedView } from '../windowed/store.js'
import type { TableKind } from './format.js'

/** A table of a store at one moment, as a file has it: the index of windows and sessions with its note. */
export class TableMoment {
  constructor(
    readonly kind: TableKind,
    private readonly view: TableView,
    private readonly note?: Buffer,
  ) {}

  get length(): number {
    return this.view.count + (this.note === undefined ? 0 : 1)
  }

  get sizeBytes(): number {
    return this.view.sizeBytes + (this.note === undefined ? 0 : NOTE_KEY.length + this.note.length)
  }

  /** Milliseconds since the epoch. */
  get timestamp(): number {
    return this.view.timestamp
  }

  *entries(): Generator<[key: Key, value: Uint8Array]> {
    if (this.note !== undefined) yield [NOTE_KEY, this.note]
    yield* this.view.entries()
  }

  /** What changed since an earlier moment of the same table, if that is less than all of it. */
  changesSince(base: TableMoment): Change[] | undefined {
    const changes = this.view.changesSince(base.view)
    const [now, before] = [this.note, base.note]
    if (now && !before?.equals(now)) changes.unshift({ key: NOTE_KEY, value: now })
    else if (before && !now) changes.unshift({ key: NOTE_KEY, value: undefined })
    const sizeBytes = changes.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0)
    return sizeBytes < this.sizeBytes ? changes : undefined
  }

  /** The same, to be closed apart. */
  share(): TableMoment {
    return new TableMoment(this.kind, this.view.view(), this.note)
  }

  close(): void {
    this.view.close()
  }
}

/** A store at one moment. */
export interface StoreMoment {
  readonly name: string
  readonly definition: string
  readonly tables: readonly TableMoment[]
}

/** A checkpoint from which increments can go on. As long as it is kept, so is what the stores held then. */
export class CheckpointBase {
  readonly #tables = new Map<string, { id: Buffer; table: TableMoment }>()

  constructor(readonly id: Buffer) {}

  /** Keeps a table, and under which id it was packed. */
  add(store: string, id: Buffer, table: TableMoment): void {
    this.#tables.set(place(store, table.kind), { id, table: table.share() })
  }

  table(store: string, kind: TableKind): { id: Buffer; table: TableMoment } | undefined {
    return this.#tables.get(place(store, kind))
  }

  close(): void {
    for (const { table } of this.#tables.values()) table.close()
    this.#tables.clear()
  }
}

const place = (store: string, kind: TableKind) => kind + store

/** What a store, or a view of one, holds now, and the tables that belong to it. To be closed. */
export function momentOf(open: OpenHandles, { name, definition, store, expiry, dictionary }: StoreTables): StoreMoment {
  const view = open.opened(store).view()
  const tables = [new TableMoment('r', view.rows)]
  if (view instanceof WindowedView) {
    tables.push(new TableMoment('i', view.index, noteOf(view.timeline, latestOf(view.index))))
  }
  for (const [kind, table] of [
    ['e', expiry],
    ['d', dictionary],
  ] as const) {
    if (table !== undefined) tables.push(new TableMoment(kind, open.opened(table).view().rows as TableView))
  }
  return { name, definition, tables }
}

function latestOf(index: TableView): Key | undefined {
  let latest: Key | undefined
  index.scan(Range.all, true, key => {
    latest = key
    return 'done'
  })
  return latest
}
