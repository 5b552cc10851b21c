import type { Tally } from '../driver.js'

/** Windows and sessions as every driver offers them: values by key and time. */
export interface Timed {
  /** The window of a key; `commit` makes those before it durable. */
  putWindow(key: string, start: number, value: Tally): void | Promise<void>
  /** One more event in a window. */
  observe(key: string, start: number, amount: number): void | Promise<void>
  /** The counts of a key's windows that start from one time to another, summed up. */
  fetch(key: string, from: number, to: number): number | Promise<number>
  /** Removes the windows that end before; returns how many. */
  expire(time: number): number | Promise<number>
  putSession(key: string, start: number, end: number, value: Tally): void | Promise<void>
  /** The counts of a key's sessions between two times, summed up. */
  findSessions(key: string, from: number, to: number): number | Promise<number>
  /** Makes what was put durable, where that is possible. */
  commit(): void | Promise<unknown>
  close(): void | Promise<void>
}

export const HOUR = 3_600_000
