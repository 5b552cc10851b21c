import type { Tally } from '../driver.js'

/** What takes its time on some drivers: a number, or one to come. */
export type Sum = number | Promise<number>

/** Windows of an hour, by key and start. */
export interface Windows {
  put(key: string, start: number, value: Tally): void
  /** One more event in a window. */
  observe(key: string, start: number, amount: number): void | Promise<void>
  /** The counts of a key's windows that start from one time to another, summed up. */
  fetch(key: string, from: number, to: number): Sum
  /** Removes the windows that end before; returns how many. */
  expire(time: number): Sum
}

export interface Sessions {
  put(key: string, start: number, end: number, value: Tally): void
  /** The counts of a key's sessions between two times, summed up. */
  find(key: string, from: number, to: number): Sum
}

/** Windows and sessions as every driver offers them, by the names of their stores. */
export interface Timed {
  windows(name: string): Windows
  sessions(name: string): Sessions
  /**
   * Makes what `write` writes one commit, inside of which it is read again; returns what `write` does, once it is durable
   * where that is possible. What is put outside of it is not.
   */
  commit(write: () => Sum): Sum
  close(): void | Promise<void>
}

export const HOUR = 3_600_000
