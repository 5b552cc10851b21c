import { describe, invalidArgument } from '../error.js'

/** Checks a function of the user's that is to be called at once. */
export function checkFunction(fn: unknown, method: string): void {
  if (typeof fn !== 'function') throw invalidArgument(`${method}: expected a function, got ${describe(fn)}`)
}

/** Refuses what it returned if that is a promise: nobody would wait for it. */
export function refusePromise(value: unknown, method: string): void {
  if (isThenable(value)) throw invalidArgument(`${method}: the function must be synchronous; it returned a promise`)
}

export function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
