import { randomBytes } from 'node:crypto'
import type { CheckpointOutcome } from '../../checkpoint/engine.js'
import type { Key } from '../key.js'
import { type Change, changeValue } from '../packed-increment.js'
import { type Description, type Growth, PackedWriter } from '../packed-writer.js'
import { BASE, keyOfName, OFFSET, placeValue, positionValue, STORE, tableKey, tail } from './format.js'
import type { CheckpointBase, StoreMoment, TableMoment } from './moment.js'

/** So much is gathered before it is given: some milliseconds of work. */
const STEP = 256 << 10
const NOTHING = Buffer.alloc(0)

/** The bytes of a checkpoint, piece by piece, and in the end what it came to. */
export type Written = Generator<Buffer, CheckpointOutcome>

/** Writes a checkpoint from its beginning to its end: store by store, table by table. */
export class CheckpointWriter {
  /** Whether some of its tables are increments. */
  #isIncrement = false
  #written = 0
  #gathered: Buffer[] = []
  #gatheredBytes = 0
  readonly #contents = new Map<Key, Uint8Array>()

  /**
   * @param since what tables may go on from, where that is smaller
   * @param base what is to be gone on from in turn
   */
  constructor(
    private readonly id: Buffer,
    private readonly since: CheckpointBase | undefined,
    private readonly base: CheckpointBase | undefined,
  ) {}

  /** Gives its bytes, piece by piece, and in the end what it came to. */
  *write(stores: readonly StoreMoment[], offsets: ReadonlyMap<string, bigint>): Written {
    for (const [source, position] of offsets) {
      this.#contents.set(keyOfName(OFFSET, source), positionValue(position))
    }
    for (const { name, definition, tables } of stores) {
      this.#contents.set(keyOfName(STORE, name), Buffer.from(definition))
      for (const table of tables) yield* this.#table(name, table)
    }
    if (this.#isIncrement) this.#contents.set(BASE, this.since!.id)
    yield* this.#end()
    return { isIncrement: this.#isIncrement, bytes: this.#written, offsets }
  }

  *#table(store: string, table: TableMoment): Generator<Buffer> {
    const { timestamp, length, sizeBytes } = table
    const offset = this.#written
    const id = randomBytes(16)
    const earlier = this.since?.table(store, table.kind)
    const changes = earlier && table.changesSince(earlier.table)
    const description = { id, timestamp, name: store, definition: NOTHING, metadata: NOTHING }
    const growth = changes && { base: earlier!.id, length, sizeBytes }
    if (growth) this.#isIncrement = true
    const writer = this.#pack(description, growth)
    for (const [key, value] of changes ? stored(changes) : table.entries()) {
      writer.push(key, value)
      if (this.#gatheredBytes >= STEP) yield this.#take()
    }
    writer.finish()
    this.#contents.set(tableKey(store, table.kind), placeValue({ offset, length: this.#written - offset }))
    this.base?.add(store, id, table)
  }

  *#end(): Generator<Buffer> {
    const offset = this.#written
    const writer = this.#pack({ id: this.id, timestamp: Date.now(), name: '', definition: NOTHING, metadata: NOTHING })
    const keys = [...this.#contents.keys()].sort((a, b) => (a < b ? -1 : 1))
    for (const key of keys) writer.push(key, this.#contents.get(key)!)
    writer.finish()
    this.#add(tail({ offset, length: this.#written - offset }))
    yield this.#take()
  }

  #pack(description: Description, growth?: Growth): PackedWriter {
    return new PackedWriter(description, growth, bytes => this.#add(bytes))
  }

  #add(bytes: Buffer): void {
    this.#written += bytes.length
    this.#gatheredBytes += bytes.length
    this.#gathered.push(bytes)
  }

  #take(): Buffer {
    const bytes = Buffer.concat(this.#gathered)
    this.#gathered = []
    this.#gatheredBytes = 0
    return bytes
  }
}

function* stored(changes: readonly Change[]): Generator<[key: Key, value: Uint8Array]> {
  for (const change of changes) yield [change.key, changeValue(change)]
}
