import type { ReaderParts } from './reader.js'
import { checkBound, checkEnd, checkTime } from './times.js'
import { defineTwins } from './twins.js'
import type { Rows, ScanOptions } from './types.js'
import { type MakeRow, WindowedReader } from './windowed-read.js'
import type { KeyedWindowEntry, ReadonlyWindowStore, WindowEntry } from './windowed-types.js'

const rows: MakeRow<any, any, WindowEntry<any>> = {
  one: (windowStart, windowEnd, value) => ({ windowStart, windowEnd, value }),
  many: (key, windowStart, windowEnd, value) => ({ key, windowStart, windowEnd, value }),
}

/** The methods that `defineTwins` adds. */
export interface WindowReader<K, V> {
  get(key: K, windowStart: number, windowEnd?: number): Promise<V | undefined>
}

/** Windows that are read from: see `ReadonlyWindowStore`. */
export class WindowReader<K, V> extends WindowedReader<K, V, WindowEntry<V>> implements ReadonlyWindowStore<K, V> {
  readonly windowSize: number

  constructor(...parts: ReaderParts<K, V>) {
    super(rows, ...parts)
    this.windowSize = this.definition.windowSize!
  }

  getSync(key: K, windowStart: number, windowEnd?: number): V | undefined {
    return this.read(key, windowStart, this.endOf(windowStart, windowEnd))
  }

  fetch(key: K, from: number, to: number, options?: ScanOptions): Rows<WindowEntry<V>> {
    return this.rowsOf(key, starting(from, to), options)
  }

  fetchAll(from: number, to: number, options?: ScanOptions): Rows<KeyedWindowEntry<K, V>> {
    return this.rowsBetween(undefined, undefined, starting(from, to), options)
  }

  fetchRange(
    keyFrom: K | undefined,
    keyTo: K | undefined,
    from: number,
    to: number,
    options?: ScanOptions,
  ): Rows<KeyedWindowEntry<K, V>> {
    return this.rowsBetween(keyFrom, keyTo, starting(from, to), options)
  }

  all(options?: ScanOptions): Rows<KeyedWindowEntry<K, V>> {
    return this.rowsBetween(undefined, undefined, starting(-Infinity, Infinity), options)
  }

  /** Checks the times of a window, and says when it ends. */
  protected endOf(windowStart: number, windowEnd: number | undefined): number {
    checkTime(windowStart, 'windowStart')
    if (windowEnd !== undefined) {
      checkEnd(windowStart, windowEnd, 'windowEnd')
      return windowEnd
    }
    const end = windowStart + this.windowSize
    checkTime(end, 'windowEnd')
    return end
  }
}

function starting(from: number, to: number) {
  checkBound(from, 'from')
  checkBound(to, 'to')
  return { from, to, endsFrom: -Infinity }
}

defineTwins(WindowReader, ['get'])
