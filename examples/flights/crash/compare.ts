import { isDeepStrictEqual } from 'node:util'
import { lmdb } from 'millpond'
import { openDiskStores } from '../disk.js'
import type { Report } from '../report.js'

/** All that a directory holds, and what its own verification finds wrong. */
export async function contentsOf(stateDir: string): Promise<Readonly<Record<string, readonly unknown[]>>> {
  await using provider = lmdb({ stateDir, commits: 'manual' })
  const stores = Object.entries(openDiskStores(provider))
  return {
    ...Object.fromEntries(stores.map(([name, store]) => [name, store.all().toArray()])),
    offsets: [...provider.offsets()],
    problems: await provider.verify(),
  }
}

/** What a report says of the state, and not of the run that came to it. */
export function tableOf({ run, ...table }: Report): Omit<Report, 'run'> {
  return table
}

/** The names of what differs. */
export function differences<T extends object>(one: T, other: T): string[] {
  const names = Object.keys({ ...one, ...other }) as (keyof T & string)[]
  return names.filter(name => !isDeepStrictEqual(one[name], other[name]))
}
