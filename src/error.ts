/** Every code that millpond throws with, and what it means. docs/errors.md is made from this table. Codes are never reused. */
export const codes = {
  ERR_MILLPOND_INVALID_ARG: 'An argument or an option is missing, unknown, of the wrong type or out of range.',
  ERR_MILLPOND_CLOSED: 'The provider, store, snapshot or iterator was closed.',
  ERR_MILLPOND_FULL: 'There is no room for this write; nothing changed. Deletes still work.',
  ERR_MILLPOND_TOO_LARGE: 'A key or a value is over its limit; the message gives the limit and the size.',
  ERR_MILLPOND_OVERFLOW: 'A numeric update would leave the range of its type; nothing changed.',
  ERR_MILLPOND_STORE_MISMATCH: 'The store exists with another kind, codec or option.',
  ERR_MILLPOND_TRANSACTION: 'Not possible inside transactionSync, or the function given to it returned a promise.',
  ERR_MILLPOND_CORRUPTION: 'Stored bytes are not what a codec or an engine wrote.',
  ERR_MILLPOND_CODEC: 'A codec broke its contract, as by returning something other than a Uint8Array.',
  ERR_MILLPOND_TOO_MANY_OPEN: 'More stores, views or iterators are open than there are handles for.',
  ERR_MILLPOND_IO:
    'The system refused something asked of a file. What was acknowledged is safe; a failed commit is retried by the next one.',
  ERR_MILLPOND_POISONED:
    'A sync failed: nobody knows what of the last writes is on the disk. Reads go on; close and open again to write.',
  ERR_MILLPOND_LOCKED: 'Another process or thread has the directory open for writing; the message names the process.',
  ERR_MILLPOND_BUSY: 'Not possible while others use the directory.',
  ERR_MILLPOND_UNUSABLE:
    'The directory was made by something else or by a later version, or is on a network file system.',
  ERR_MILLPOND_BACKPRESSURE: 'Too many bytes wait for the disk; nothing changed. Await a put or a flush, then go on.',
  ERR_MILLPOND_TRANSACTION_TOO_LARGE: 'A batch would grow past maxUncommittedBytes; this write changed nothing.',
  ERR_MILLPOND_TOO_MANY_STORES: 'The directory has as many stores as maxDbs allows.',
  ERR_MILLPOND_NO_RETENTION: 'The store was opened without a retention, so that nothing expires.',
  ERR_MILLPOND_WRONG_BASE:
    'An increment goes on from something else than what it was laid over, or a link of its chain is missing.',
  ERR_MILLPOND_NO_CHECKPOINT: 'There is no checkpoint, or none of this name.',
  ERR_MILLPOND_NO_BINARY: 'No native binary fits this platform. Directories need one; stores in memory do without.',
  ERR_MILLPOND_INTERNAL: 'A bug in millpond; the store that met it is closed.',
} as const

export type ErrorCode = keyof typeof codes

export interface ErrorDetails {
  store?: string
  key?: unknown
  retryable?: boolean
  cause?: unknown
}

/** What millpond throws when something other than an argument is wrong. */
export class MillpondError extends Error {
  override readonly name = 'MillpondError'
  readonly code: ErrorCode
  declare readonly store?: string
  declare readonly key?: unknown
  /** Whether the same call can succeed later without a change to the program. */
  readonly retryable: boolean

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.code = code
    if (details.store !== undefined) this.store = details.store
    if ('key' in details) this.key = details.key
    this.retryable = details.retryable ?? false
  }
}

type ArgumentError = (TypeError | RangeError) & { code: 'ERR_MILLPOND_INVALID_ARG' }

const asArgumentError = (error: TypeError | RangeError): ArgumentError =>
  Object.assign(error, { code: 'ERR_MILLPOND_INVALID_ARG' as const })

/** An argument of the wrong type, missing or unknown. */
export function invalidArgument(message: string): ArgumentError {
  return asArgumentError(new TypeError(message))
}

/** An argument of the right type and out of its range. */
export function outOfRange(message: string): ArgumentError {
  return asArgumentError(new RangeError(message))
}

/** A short text of any value for a message: its type, and the value where it is short and safe to print. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  return Array.isArray(value) ? 'an array' : 'an object'
}
