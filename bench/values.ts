import type { Tally, ValueKind, Values } from './driver.js'

/** 2024, in milliseconds. */
export const START = 1_704_067_200_000

/** The first value of a key. Counts are small whole numbers, which V8 keeps without an object of their own. */
const make: { [K in ValueKind]: (number: number) => Values[K] } = {
  object: number => tallyOf(number),
  number: number => (number % 1000) + 1,
  text: number => `${number} `.padEnd(1000, 'one more kilobyte of state '),
}

export function firstValue<K extends ValueKind>(kind: K, number: number): Values[K] {
  return make[kind](number)
}

export function tallyOf(number: number): Tally {
  return { count: (number % 1000) + 1, sum: number * 0.37, lastSeen: START + number }
}
