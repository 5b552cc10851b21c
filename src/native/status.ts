import { type ErrorCode, type ErrorDetails, invalidArgument, MillpondError } from '../error.js'
import { native } from './binding.js'

// Kept in step with crates/millpond-node/src/status.rs.
export const MISSING = -1
export const CLOSED = -2
export const INVALID_KEY = -3
export const KEY_TOO_LARGE = -4
export const VALUE_TOO_LARGE = -5
export const FULL = -6
export const MAYBE_ILL_FORMED = -7
export const OVERFLOW = -8
export const WRONG_LAYOUT = -9
export const LARGE_VALUE = -10
export const READ_ONLY = -11
export const PANIC = -12
export const OUT_OF_MEMORY = -13
export const TOO_MANY_OPEN = -14
export const POISONED = -19
export const ABORTED = -25

/** Of these native code, which alone gives them, has a text: their codes, and whether the same call can succeed later. */
const told: Readonly<Record<number, readonly [code: ErrorCode, retryable: boolean]>> = {
  [-16]: ['ERR_MILLPOND_IO', false],
  [-17]: ['ERR_MILLPOND_FULL', true],
  [-18]: ['ERR_MILLPOND_CORRUPTION', false],
  [POISONED]: ['ERR_MILLPOND_POISONED', false],
  [-20]: ['ERR_MILLPOND_LOCKED', true],
  [-21]: ['ERR_MILLPOND_BUSY', true],
  [-22]: ['ERR_MILLPOND_UNUSABLE', false],
  [-23]: ['ERR_MILLPOND_TRANSACTION_TOO_LARGE', false],
  [-24]: ['ERR_MILLPOND_TOO_MANY_STORES', false],
  [-26]: ['ERR_MILLPOND_FULL', true],
  [-27]: ['ERR_MILLPOND_WRONG_BASE', false],
}

/** The longest key, in bytes as encoded. */
export const KEY_LIMIT = 1900
/** The longest value, in bytes as encoded. */
export const VALUE_LIMIT = 2 ** 30

const full = (message: string, details: ErrorDetails) =>
  new MillpondError('ERR_MILLPOND_FULL', message, { ...details, retryable: true })

/**
 * The error for a negative status.
 *
 * @param text what native code has to say of it; otherwise it is asked, which has to be at once
 */
export function failure(status: number, details: ErrorDetails = {}, text?: string): Error {
  const where = details.store === undefined ? '' : `store ${JSON.stringify(details.store)}: `
  const [code, retryable] = told[status] ?? []
  if (code)
    return new MillpondError(code, where + (text ?? native().binding.lastErrorMessage()), {
      ...details,
      retryable: retryable!,
    })
  switch (status) {
    case CLOSED:
      return new MillpondError('ERR_MILLPOND_CLOSED', `${where}closed`, details)
    case INVALID_KEY:
      return invalidArgument(`${where}the key is not what the key codec takes`)
    case KEY_TOO_LARGE:
      return tooLarge('key', KEY_LIMIT, undefined, details)
    case VALUE_TOO_LARGE:
      return tooLarge('value', VALUE_LIMIT, undefined, details)
    case FULL:
      return full(`${where}maxBytes is reached; nothing was written`, details)
    case OUT_OF_MEMORY:
      return full(`${where}the system has no memory left; nothing was written`, details)
    case OVERFLOW:
      return new MillpondError('ERR_MILLPOND_OVERFLOW', `${where}the result leaves the range of its type`, details)
    case WRONG_LAYOUT:
      return new MillpondError('ERR_MILLPOND_CORRUPTION', `${where}the value is not what its codec writes`, details)
    case TOO_MANY_OPEN:
      return new MillpondError('ERR_MILLPOND_TOO_MANY_OPEN', `${where}too many open stores, views or scans`, details)
    default:
      return new MillpondError('ERR_MILLPOND_INTERNAL', `${where}a bug in millpond (status ${status})`, details)
  }
}

/** A key or a value over its limit. */
export function tooLarge(what: string, limit: number, size: number | undefined, details: ErrorDetails): MillpondError {
  const where = details.store === undefined ? '' : `store ${JSON.stringify(details.store)}: `
  const of = size === undefined ? '' : ` of ${size} bytes`
  return new MillpondError('ERR_MILLPOND_TOO_LARGE', `${where}a ${what}${of}; the limit is ${limit} bytes`, details)
}
