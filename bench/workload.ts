import type { Store, ValueKind, Values } from './driver.js'
import { keyOf, Random } from './keys.js'

export interface Workload<K extends ValueKind = ValueKind> {
  readonly values: K
  /** Whether the store begins empty, and is full once every key was put; else it holds `keys` entries. */
  readonly fills?: boolean
  /** What is timed, by name: '' where it is one thing. Undefined where the driver can't do it. */
  rounds(store: Store<Values[K]>, context: Context): Rounds | undefined | Promise<Rounds>
}

export type Rounds = Readonly<Record<string, Round>>

/** A stretch of work that is timed as a whole, over and over. */
export interface Round {
  /** The operations that it does. */
  readonly operations: number
  /** Makes ready what the next run needs; not timed. */
  prepare(): void
  /** Returns a number made of all that was read. */
  run(): number
}

export interface Parameters {
  readonly keys: number
  /** Keys a lookup, rows a scan. */
  readonly size: number
  /** Whether keys that are looked up are the very strings that were stored. */
  readonly sameKeys: boolean
}

/** What a workload is given beside its store. */
export class Context {
  readonly #random = new Random(0x2545f491)
  /** The keys as they were stored, where they are to be looked up themselves. */
  readonly stored: string[] = []

  constructor(readonly parameters: Parameters) {}

  /** Keys of random entries of the store, anew each time. */
  someKeys = (count: number): string[] => {
    const { keys, sameKeys } = this.parameters
    return Array.from({ length: count }, () => {
      const number = this.#random.below(keys)
      return sameKeys ? this.stored[number]! : keyOf(number)
    })
  }

  /** Keys of which the store has none. */
  missingKeys = (count: number): string[] => {
    const { keys } = this.parameters
    return Array.from({ length: count }, () => keyOf(keys + this.#random.below(keys)))
  }
}

/** The operations of a round: a few milliseconds, so that many rounds are not interrupted. */
export const POINT_OPERATIONS = 4096

export function defineWorkload<K extends ValueKind>(workload: Workload<K>): Workload<K> {
  return workload
}

/** A round of single operations on keys that are picked anew for it. */
export function pointRound(pick: (count: number) => string[], run: (keys: readonly string[]) => number): Round {
  let keys: string[] = []
  return {
    operations: POINT_OPERATIONS,
    prepare() {
      keys = pick(POINT_OPERATIONS)
    },
    run: () => run(keys),
  }
}
