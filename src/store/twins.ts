import type { Commits } from './owner.js'

type Methods = Record<string, (...args: any[]) => unknown>

/**
 * Gives a class the async twin of each `…Sync` method named: it runs at once, and its promise settles with the outcome.
 * Not an async function, which would cost five times as much. One that nobody awaits is no unhandled rejection: it must
 * not end the process.
 */
export function defineTwins<C extends { prototype: object }>(target: C, names: readonly string[]): void {
  define(target, names, sync => {
    return function (this: unknown, a: unknown, b: unknown, c: unknown, d: unknown) {
      try {
        return Promise.resolve(sync.call(this, a, b, c, d))
      } catch (error) {
        return rejected(error)
      }
    }
  })
}

/** The same for methods that write: the promise settles when what they wrote is durable. */
export function defineWritingTwins<S extends { readonly name: string; readonly commits: Commits }>(
  target: { prototype: S },
  names: readonly string[],
): void {
  define(target, names, sync => {
    return function (this: S, a: unknown, b: unknown, c: unknown, d: unknown) {
      const { commits } = this
      try {
        const result = commits.congested
          ? commits.admitAwaited(this.name, () => sync.call(this, a, b, c, d))
          : sync.call(this, a, b, c, d)
        return commits.settled(result)
      } catch (error) {
        return rejected(error)
      }
    }
  })
}

function define(
  target: { prototype: object },
  names: readonly string[],
  twinOf: (sync: Methods[string]) => (a: unknown, b: unknown, c: unknown, d: unknown) => Promise<unknown>,
): void {
  const prototype = target.prototype as Methods
  for (const name of names) {
    const value = twinOf(prototype[`${name}Sync`]!)
    Object.defineProperty(value, 'name', { value: name, configurable: true })
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
  }
}

function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error)
  promise.catch(() => {})
  return promise
}
