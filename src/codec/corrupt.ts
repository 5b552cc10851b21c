import { MillpondError } from '../error.js'

/** The error for bytes that no value was encoded to. */
export function corrupt(message: string, cause?: unknown): MillpondError {
  return new MillpondError('ERR_MILLPOND_CORRUPTION', message, cause === undefined ? {} : { cause })
}

/** The error for a value of fixed width that came with another one. */
export function wrongWidth(codec: string, expected: number, got: number): MillpondError {
  return corrupt(`${codec}: expected ${expected} bytes, got ${got}`)
}
