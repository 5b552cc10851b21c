import type { DriverName } from './drivers/index.js'
import type { Parameters } from './workload.js'
import type { WorkloadName } from './workloads/index.js'

/** What is measured: one workload at one size, on each of some drivers. */
export interface Case extends Parameters {
  readonly workload: WorkloadName
  readonly drivers: readonly DriverName[]
  /** Whether a quick run has it: what the goals are made of. */
  readonly quick: boolean
}

const MILLPOND: DriverName = 'millpond memory()'
const SORTED: readonly DriverName[] = ['sorted-btree', MILLPOND]
const ALL: readonly DriverName[] = ['map', ...SORTED]

const K = 1000
const M = 1000 * K

function cases(
  workload: WorkloadName,
  drivers: readonly DriverName[],
  sizes: readonly number[],
  options: { quick?: boolean; size?: number; sameKeys?: boolean } = {},
): Case[] {
  const { quick = false, size = 1, sameKeys = false } = options
  return sizes.map(keys => ({ workload, drivers, keys, size, sameKeys, quick }))
}

export const plan: readonly Case[] = [
  ...cases('border', [MILLPOND], [50], { quick: true }),
  ...cases('get', ALL, [10 * K, M], { quick: true }),
  ...cases('get', [MILLPOND], [100 * K], { quick: true }),
  ...cases('get', [MILLPOND], [10 * M]),
  ...cases('get', ['sorted-btree (default)'], [10 * K, M]),
  ...cases('get', ALL, [10 * K, M], { sameKeys: true }),
  ...cases('get number', ALL, [10 * K], { quick: true }),
  ...cases('get number', ALL, [M]),
  ...cases('get many', ALL, [M], { size: 16 }),
  ...cases('get many', ALL, [M], { size: 100 }),
  ...cases('scan', SORTED, [10 * K, M], { quick: true, size: 100 }),
  ...cases('scan', SORTED, [100 * K], { size: 100 }),
  ...cases('scan', [MILLPOND], [10 * K, 100 * K, M], { quick: true, size: 10 }),
  ...cases('scan', [MILLPOND], [10 * M], { size: 10 }),
  ...cases('put', ALL, [10 * K, M]),
  ...cases('insert', ALL, [M]),
  ...cases('get + put', ALL, [10 * K, M]),
  ...cases('update', ALL, [10 * K, M]),
  ...cases('update fields', [MILLPOND], [10 * K, M]),
  ...cases('add', ALL, [10 * K, M]),
]

const sizeText = (count: number) =>
  count % M === 0 ? `${count / M} M` : count % K === 0 ? `${count / K} k` : `${count}`

/** `scan of 100, 10 k keys`: the name of a case in results and tables. */
export function caseName({ workload, keys, size, sameKeys }: Omit<Case, 'drivers' | 'quick'>): string {
  const unit = size > 1 ? ` of ${size}` : ''
  return `${workload}${unit}, ${sizeText(keys)} keys${sameKeys ? ', the same strings' : ''}`
}
