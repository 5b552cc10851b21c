import type { DiskStore, Store, ValueKind, Values } from './driver.js'
import type { DriverName } from './drivers/index.js'
import { keyOf, Random } from './keys.js'
import type { Figures } from './measure.js'

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
  run(): number | Promise<number>
}

export interface Parameters {
  readonly keys: number
  /** Keys a lookup, rows a scan. */
  readonly size: number
  /** Whether keys that are looked up are the very strings that were stored. */
  readonly sameKeys: boolean
}

/** How long it takes, in milliseconds. */
export interface Times {
  readonly warmUp: number
  readonly time: number
  /** Of what is to go on for long: over several merges. */
  readonly sustained: number
}

/** What a workload on disk is given: where its state is, and how to open it. */
export interface Place<K extends ValueKind = ValueKind> {
  readonly directory: string
  readonly times: Times
  readonly context: Context
  /** Loads the driver, and with it the package that it is for. */
  load(): Promise<unknown>
  /** Opens the state, loading what is not. */
  open(): Promise<DiskStore<Values[K]>>
}

export interface DiskWorkload<K extends ValueKind = ValueKind> {
  readonly values: K
  /** The state that it finds: the very one that others read too, or a copy to write to. */
  readonly state: 'shared' | 'copied'
  /** Undefined where the driver can't do it. */
  measure(place: Place<K>): Promise<Measured | undefined>
}

/** A whole program, which sees itself to the state that it keeps in an empty directory, or in none. */
export interface JobWorkload {
  measure(driver: DriverName, directory: string, parameters: Parameters): Promise<Measured | undefined>
}

export interface Measured {
  readonly figures: Figures
  /** What happened meanwhile, in numbers: how many operations, how many merges. */
  readonly notes?: Readonly<Record<string, number>>
}

/** What a workload is given beside its store. */
export class Context {
  readonly #random = new Random(0x2545f491)
  /** The keys as they were stored, where they are to be looked up themselves. */
  readonly stored: string[] = []

  constructor(readonly parameters: Parameters) {}

  /** The key of a random entry. */
  someKey = (): string => keyOf(this.#random.below(this.parameters.keys))

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

export function defineDiskWorkload<K extends ValueKind>(workload: DiskWorkload<K>): DiskWorkload<K> {
  return workload
}

/** A round of single operations on keys that are picked anew for it. */
export function pointRound(
  pick: (count: number) => string[],
  run: (keys: readonly string[]) => number | Promise<number>,
): Round {
  let keys: string[] = []
  return {
    operations: POINT_OPERATIONS,
    prepare() {
      keys = pick(POINT_OPERATIONS)
    },
    run: () => run(keys),
  }
}
