/** A value as an operator keeps it for a key. */
export interface Tally {
  count: number
  sum: number
  lastSeen: number
}

/** What the values of a workload are: objects or bare numbers. */
export interface Values {
  object: Tally
  number: number
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

/** A number that can't be had without reading the value. */
export const weigh = (value: Tally | number): number => (typeof value === 'number' ? value : value.count)
