// The plot of a run.
import { type Bar, draw, type Group } from '../card.js'
import { find, told } from './page.js'
import { hasIt, IN_MEMORY, type NativeDriver, ON_DISK, WORKLOADS } from './plan.js'
import type { NativeRecord } from './run.js'

const KEYS = 1_000_000

function groups(record: NativeRecord, drivers: readonly NativeDriver[]): Group[] {
  return WORKLOADS.map(workload => {
    const bars = drivers.map(({ name, kind }): Bar => {
      const result = find(record, name, workload, KEYS)
      return {
        label: name,
        style: kind,
        time: result && told(result),
        missing: hasIt({ name }, workload) ? 'not measured' : 'has no order',
      }
    })
    return { title: workload === 'scan of 100' ? 'scan of 100, an entry' : workload, bars }
  })
}

export function plotNative(record: NativeRecord): string {
  const { date, machine, rust } = record
  return draw({
    description: 'Nanoseconds an operation: the engines in Rust beside other stores, at a million keys',
    title: 'Nanoseconds an operation at 1 million keys: shorter is better, each group to its own scale',
    subtitle: `${date}, ${machine.cpu}, ${machine.cpus} CPUs, Rust ${rust}`,
    columns: [
      { title: 'in memory', groups: groups(record, IN_MEMORY) },
      { title: 'on disk, not synced', groups: groups(record, ON_DISK) },
    ],
  })
}
