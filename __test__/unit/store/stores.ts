import { expect, onTestFinished } from 'vitest'
import type { StateStoreProvider } from '../../../src/index.js'
import { type EngineOptions, engine } from '../../engines.js'

/** An empty provider, closed when the test is over. */
export function provider(options?: EngineOptions): StateStoreProvider {
  const one = engine.open(options)
  onTestFinished(() => one.close())
  return one
}

/** Matches a MillpondError with this code and these details. */
export const failure = (code: string, details: { store?: string; key?: unknown; retryable?: boolean } = {}) =>
  expect.objectContaining({ name: 'MillpondError', code: `ERR_MILLPOND_${code}`, ...details })

/** Text in UTF-8, as a codec of a user's own. */
export const plainText = {
  encode: (text: string): Uint8Array => Buffer.from(text),
  decode: (bytes: Buffer): string => bytes.toString(),
}

/** Text, as a codec of a user's own that hands out the same memory every time. */
export function scratchText() {
  const scratch = Buffer.alloc(100_000)
  return {
    encode: (text: string): Uint8Array => scratch.subarray(0, scratch.write(text)),
    decode: (bytes: Buffer): string => bytes.toString(),
  }
}
