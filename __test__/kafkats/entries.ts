import type { WindowedKey } from '@kafkats/flow'

/** All that an iteration gives. */
export async function toArray<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const entry of entries) all.push(entry)
  return all
}

export const at = (key: string, windowStart: number, windowEnd = windowStart + 10): WindowedKey<string> => {
  return { key, windowStart, windowEnd }
}

/** 'a@0..10' for a windowed key. */
export const shown = ({ key, windowStart, windowEnd }: WindowedKey<string>) => `${key}@${windowStart}..${windowEnd}`

/** The keys of an iteration, as they are shown. */
export async function keysOf(entries: AsyncIterable<[WindowedKey<string> | string, unknown]>): Promise<string[]> {
  return (await toArray(entries)).map(([key]) => (typeof key === 'string' ? key : shown(key)))
}

const byBytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other))

/** The order of windows: by start, end and key. */
export const byWindow = (one: WindowedKey<string>, other: WindowedKey<string>) =>
  one.windowStart - other.windowStart || one.windowEnd - other.windowEnd || byBytes(one.key, other.key)

/** The order of sessions: by key, start and end. */
export const bySession = (one: WindowedKey<string>, other: WindowedKey<string>) =>
  byBytes(one.key, other.key) || one.windowStart - other.windowStart || one.windowEnd - other.windowEnd

/** The order of keys. */
export const byKey = byBytes
