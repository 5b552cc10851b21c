import type { ReaderParts } from './reader.js'
import { checkBound, checkEnd, checkTime } from './times.js'
import { defineTwins } from './twins.js'
import type { Rows, ScanOptions } from './types.js'
import { type MakeRow, WindowedReader } from './windowed-read.js'
import type { Times } from './windowed-stretch.js'
import type { KeyedSession, ReadonlySessionStore, Session } from './windowed-types.js'

const rows: MakeRow<any, any, Session<any>> = {
  one: (sessionStart, sessionEnd, value) => ({ sessionStart, sessionEnd, value }),
  many: (key, sessionStart, sessionEnd, value) => ({ key, sessionStart, sessionEnd, value }),
}

/** The methods that `defineTwins` adds. */
export interface SessionReader<K, V> {
  get(key: K, sessionStart: number, sessionEnd: number): Promise<V | undefined>
}

/** Sessions that are read from: see `ReadonlySessionStore`. */
export class SessionReader<K, V> extends WindowedReader<K, V, Session<V>> implements ReadonlySessionStore<K, V> {
  constructor(...parts: ReaderParts<K, V>) {
    super(rows, ...parts)
  }

  getSync(key: K, sessionStart: number, sessionEnd: number): V | undefined {
    checkSession(sessionStart, sessionEnd)
    return this.read(key, sessionStart, sessionEnd)
  }

  findSessions(key: K, from: number, to: number, options?: ScanOptions): Rows<Session<V>> {
    return this.rowsOf(key, overlapping(from, to), options)
  }

  findSessionsRange(
    keyFrom: K | undefined,
    keyTo: K | undefined,
    from: number,
    to: number,
    options?: ScanOptions,
  ): Rows<KeyedSession<K, V>> {
    return this.rowsBetween(keyFrom, keyTo, overlapping(from, to), options)
  }

  all(options?: ScanOptions): Rows<KeyedSession<K, V>> {
    return this.rowsBetween(undefined, undefined, overlapping(-Infinity, Infinity), options)
  }
}

export function checkSession(sessionStart: number, sessionEnd: number): void {
  checkTime(sessionStart, 'sessionStart')
  checkEnd(sessionStart, sessionEnd, 'sessionEnd')
}

/** Sessions that end at `from` or later and start at `to` or earlier. */
function overlapping(from: number, to: number): Times {
  checkBound(from, 'from')
  checkBound(to, 'to')
  return { from: -Infinity, to, endsFrom: from }
}

defineTwins(SessionReader, ['get'])
