import { join } from 'node:path'
import { type DiskDriver, type DiskStore, type Tally, type ValueKind, type Values, weigh } from '../driver.js'
import { peer } from '../peers.js'

interface Statement<R> {
  run(...values: unknown[]): unknown
  get(...values: unknown[]): R | undefined
  all(...values: unknown[]): R[]
}

interface Database {
  exec(sql: string): void
  pragma(sql: string): void
  prepare<R>(sql: string): Statement<R>
  close(): void
}

const Database = peer<new (path: string) => Database>('better-sqlite3')

/** A table as one would make it: a column a field, ordered by its key. */
interface Shape<V> {
  readonly columns: string
  toRow(value: V): unknown[]
  fromRow(row: any): V
}

const bare = { columns: 'value', toRow: (value: unknown) => [value], fromRow: (row: { value: any }) => row.value }

const shapes: { readonly [K in ValueKind]: Shape<Values[K]> } = {
  object: {
    columns: 'count, sum, lastSeen',
    toRow: ({ count, sum, lastSeen }: Tally) => [count, sum, lastSeen],
    fromRow: ({ count, sum, lastSeen }: Tally) => ({ count, sum, lastSeen }),
  },
  number: bare,
  text: bare,
}

/** With a write-ahead log that is synced at every commit. */
export const betterSqlite3: DiskDriver = {
  package: 'better-sqlite3',
  async open<K extends ValueKind>(directory: string, kind: K): Promise<DiskStore<Values[K]>> {
    const database = new Database(join(directory, 'state.db'))
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    const { columns, toRow, fromRow } = shapes[kind]
    const count = columns.split(', ').length
    database.exec(`CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, ${columns}) WITHOUT ROWID`)
    const get = database.prepare(`SELECT ${columns} FROM state WHERE key = ?`)
    const put = database.prepare(`INSERT OR REPLACE INTO state VALUES (?${', ?'.repeat(count)})`)
    const scan = database.prepare<{ key: string }>(`SELECT * FROM state WHERE key >= ? ORDER BY key LIMIT ?`)
    const add = kind === 'number' ? database.prepare('UPDATE state SET value = value + ? WHERE key = ?') : undefined
    const [begin, end] = ['BEGIN', 'COMMIT'].map(sql => database.prepare(sql))
    const commit = async (write: () => void) => {
      begin!.run()
      write()
      end!.run()
    }
    return {
      get(key) {
        const row = get.get(key)
        return row === undefined ? undefined : fromRow(row)
      },
      scan(from, limit) {
        let sum = 0
        for (const row of scan.all(from, limit)) sum += weigh(fromRow(row)) + row.key.length
        return sum
      },
      put(key, value) {
        put.run(key, ...toRow(value))
      },
      ...(add && {
        add(key, delta) {
          add.run(delta, key)
        },
      }),
      commit,
      transact: commit,
      // Each is a commit: it is synchronous, so callers that know nothing of each other can't share one.
      async putAwaited(keys, value) {
        for (const key of keys) put.run(key, ...toRow(value))
      },
      async close() {
        database.close()
      },
    }
  },
}
