import type { Key } from '../key.js'

/** The bytes of a time. */
export const TIME = 8

const HIGH = 2 ** 32
/** Biased, so that times before the epoch sort before it. */
const BIAS = 2 ** 31
const LEAST = '\0'.repeat(TIME)
const GREATEST = '\xff'.repeat(TIME)

/** A time as a part of a key: milliseconds, 64 bits. Bounds beyond them, infinite ones too, are the least and the greatest. */
export function timeKey(time: number): Key {
  const high = Math.floor(time / HIGH) + BIAS
  if (high < 0) return LEAST
  if (high >= HIGH) return GREATEST
  const low = time - Math.floor(time / HIGH) * HIGH
  return String.fromCharCode(
    high >>> 24,
    (high >>> 16) & 255,
    (high >>> 8) & 255,
    high & 255,
    low >>> 24,
    (low >>> 16) & 255,
    (low >>> 8) & 255,
    low & 255,
  )
}

/** No time of a row is later: nothing behind an escaped key may begin with 0xFF. */
export const LATEST = 2 ** 62

export function readTime(key: Key, at: number): number {
  return (readWord(key, at) - BIAS) * HIGH + readWord(key, at + 4)
}

/** 32 bits, the highest first. */
export function readWord(key: Key, at: number): number {
  const high = (key.charCodeAt(at) << 24) | (key.charCodeAt(at + 1) << 16)
  return (high | (key.charCodeAt(at + 2) << 8) | key.charCodeAt(at + 3)) >>> 0
}

export function wordKey(word: number): Key {
  return String.fromCharCode(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255)
}
