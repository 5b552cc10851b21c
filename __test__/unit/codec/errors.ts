import { expect } from 'vitest'

/** Matches the error for an argument of the wrong type. */
export const refused = (message: string | RegExp = '') => errorLike(TypeError, 'ERR_MILLPOND_INVALID_ARG', message)

/** Matches the error for an argument out of range. */
export const outOfRange = (message: string | RegExp = '') => errorLike(RangeError, 'ERR_MILLPOND_INVALID_ARG', message)

/** Matches the error for bytes that no value was encoded to. */
export const corrupt = (message: string | RegExp = '') => errorLike(Error, 'ERR_MILLPOND_CORRUPTION', message)

function errorLike(type: new () => Error, code: string, message: string | RegExp) {
  return expect.toSatisfy(
    error => error instanceof type && (error as { code?: unknown }).code === code && matches(error.message, message),
    `${code}: ${message}`,
  )
}

const matches = (text: string, part: string | RegExp) =>
  typeof part === 'string' ? text.includes(part) : part.test(text)

/** A Uint8Array whose memory was transferred away. */
export function detached(): Uint8Array {
  const bytes = Uint8Array.of(1, 2, 3)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}
