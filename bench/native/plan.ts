// What is measured natively: drivers by the names that crates/millpond-bench knows them by.

const K = 1000
const M = 1000 * K

export type Kind = 'ours' | 'peer'

export interface NativeDriver {
  readonly name: string
  readonly kind: Kind
  /** The crate whose version is told; none for what comes with Rust. */
  readonly crate: string | null
}

export const IN_MEMORY: readonly NativeDriver[] = [
  { name: 'InMemoryStore', kind: 'ours', crate: 'millpond' },
  { name: 'HashStore', kind: 'ours', crate: 'millpond' },
  { name: 'BTreeMap', kind: 'peer', crate: null },
  { name: 'hashbrown', kind: 'peer', crate: 'hashbrown' },
]

export const ON_DISK: readonly NativeDriver[] = [
  { name: 'Environment', kind: 'ours', crate: 'millpond' },
  { name: 'MmapStateStore', kind: 'ours', crate: 'millpond' },
  { name: 'redb', kind: 'peer', crate: 'redb' },
  { name: 'fjall', kind: 'peer', crate: 'fjall' },
  { name: 'heed', kind: 'peer', crate: 'heed' },
]

/** The same, each batch on the disk before the next. */
export const SYNCED: readonly NativeDriver[] = ON_DISK.map(driver => ({ ...driver, name: `${driver.name}, synced` }))

export const WORKLOADS = ['get hit', 'get miss', 'put new', 'overwrite', 'scan of 100', 'delete'] as const
export type NativeWorkload = (typeof WORKLOADS)[number]

export interface NativeCase {
  readonly driver: NativeDriver
  readonly workload: NativeWorkload
  readonly keys: number
}

/** The sizes that the hash engine should be flat over. */
export const GROWING: readonly number[] = [K, 10 * K, 100 * K, M]
export const GROWN: readonly NativeWorkload[] = ['get hit', 'get miss', 'overwrite']

/** What has no order has no scans. */
export const hasIt = ({ name }: Pick<NativeDriver, 'name'>, workload: NativeWorkload) =>
  name !== 'hashbrown' || workload !== 'scan of 100'

const all = (drivers: readonly NativeDriver[], workloads: readonly NativeWorkload[], keys: number): NativeCase[] =>
  workloads.flatMap(workload =>
    drivers.filter(driver => hasIt(driver, workload)).map(driver => ({ driver, workload, keys })),
  )

/** Cases at the sizes wanted, drivers side by side. */
export const cases = (sizes: readonly number[]): NativeCase[] => [
  ...all(SYNCED, ['overwrite'], M),
  ...sizes.flatMap(keys => all([...IN_MEMORY, ...ON_DISK], WORKLOADS, keys)),
  ...GROWING.filter(keys => !sizes.includes(keys)).flatMap(keys => all(IN_MEMORY, GROWN, keys)),
]

/** A part of what a snapshot costs, and where it writes its files. */
export interface SnapshotCase {
  readonly part: string
  readonly keys: number
  readonly place: 'disk' | 'memory'
}

export const snapshotCases = (sizes: readonly number[]): SnapshotCase[] =>
  sizes.flatMap(keys => [
    ...['pause', 'pause BTreeMap', 'overwrite', 'restore', 'restore BTreeMap', 'pack', 'pack BTreeMap'].map(
      part => ({ part, keys, place: 'disk' }) as const,
    ),
    ...['pack', 'pack BTreeMap'].map(part => ({ part, keys, place: 'memory' }) as const),
  ])

export const keysText = (keys: number): string => (keys < M ? `${keys / K} k` : `${keys / M} M`)
