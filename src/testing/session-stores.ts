import { string, u32 } from '../index.js'
import type { Rows } from '../store/types.js'
import type { KeyedSession, Session, SessionOptions } from '../store/windowed-types.js'
import type { Bench } from './bench.js'

export const MAX = Number.MAX_SAFE_INTEGER

/** How many events there were, with one more. */
export const count = (overlapping: readonly Session<number>[]) => overlapping.reduce((sum, { value }) => sum + value, 1)

/** Stores of sessions, and what is asked of their rows. */
export function sessionStores({ provider, through, read }: Bench) {
  const storeOf = <K, V>(options: SessionOptions<K, V>) => through(provider().createSessionStore('sessions', options))
  return {
    storeOf,
    store: (options: Partial<SessionOptions<string, string>> = {}) =>
      storeOf({ keyCodec: string(), valueCodec: string(), ...options }),
    counts: (options: Partial<SessionOptions<string, number>> = {}) =>
      storeOf({ keyCodec: string(), valueCodec: u32(), ...options }),
    /** `[0,10]` and the like. */
    timesOf: async (rows: Rows<Session<any>>) =>
      (await read(rows)).map(({ sessionStart, sessionEnd }) => [sessionStart, sessionEnd]),
    namesOf: async (rows: Rows<KeyedSession<any, any>>) =>
      (await read(rows)).map(({ key, sessionStart, sessionEnd }) => `${key}[${sessionStart},${sessionEnd}]`),
    putAll: async (
      rows: { put(key: string, value: string, start: number, end: number): Promise<void> },
      key: string,
      times: readonly (readonly [number, number])[],
    ) => {
      for (const [start, end] of times) await rows.put(key, `${start}-${end}`, start, end)
    },
  }
}
