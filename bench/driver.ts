/** A value as an operator keeps it for a key. */
export interface Tally {
  count: number
  sum: number
  lastSeen: number
}

/** What the values of a workload are: objects, bare numbers, or texts of a thousand characters. */
export interface Values {
  object: Tally
  number: number
  text: string
}

export type ValueKind = keyof Values

/** A store as every driver offers it. What one can't do at all it leaves out, and the workload is not run with it. */
export interface Store<V> {
  get(key: string): V | undefined
  put(key: string, value: V): void
  getMany?(keys: readonly string[]): readonly (V | undefined)[]
  /** Up to `limit` entries from a key on; returns `weigh` of their keys and values, summed up, so that all were read. */
  scan?(from: string, limit: number): number
  update?(key: string, change: (current: V | undefined) => V): void
  /** Adds to a number. */
  add?(key: string, delta: number): void
  /** One more event in a tally: counts it, adds its amount, and keeps its time where it is the latest. */
  observe?(key: string, amount: number, time: number): void
  /** Memory outside the JavaScript heap, where the driver can tell. */
  nativeBytes?(): number
  close(): void | Promise<void>
}

export interface Driver {
  /** The npm package whose version is reported; none for what Node itself has. */
  readonly package?: string
  open<K extends ValueKind>(kind: K): Store<Values[K]> | Promise<Store<Values[K]>>
}

/** A store in a directory, as every driver offers it; left out is what one can't do. */
export interface DiskStore<V> {
  /** One of the two, as the store itself has it. */
  get?(key: string): V | undefined
  getAwaited?(key: string): Promise<V | undefined>
  /** As `Store.scan`. */
  scan(from: string, limit: number): number | Promise<number>
  /** Only inside `commit` and `transact`. */
  put(key: string, value: V): void
  /** Adds to a number; only inside `commit` and `transact`. */
  add?(key: string, delta: number): void
  /** Makes what `write` puts one commit, in the way that is fastest here; resolves when it is durable. */
  commit(write: () => void): Promise<unknown>
  /** The same, where `get` inside sees what was put. */
  transact?(write: () => void): Promise<unknown>
  /** A put of each key, as callers that know nothing of each other would await them; resolves when all are durable. */
  putAwaited(keys: readonly string[], value: V): Promise<unknown>
  /** Bytes that were written and are not merged yet, where there is such a thing. */
  unmergedBytes?(): number
  close(): Promise<void>
}

export interface DiskDriver {
  /** The npm package whose version is reported. */
  readonly package: string
  /** Opens the state in a directory, which is made if it is missing. */
  open<K extends ValueKind>(directory: string, kind: K): Promise<DiskStore<Values[K]>>
}

/** A number that can't be had without reading the value. */
export const weigh = (value: Values[ValueKind]): number =>
  typeof value === 'object' ? value.count : typeof value === 'string' ? value.length : value
