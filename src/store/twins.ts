/**
 * Gives a class the async twin of each `…Sync` method named: it runs at once, and its promise settles with the outcome.
 * Not an async function, which would cost five times as much. One that nobody awaits is no unhandled rejection: it must
 * not end the process.
 */
export function defineTwins<C extends { prototype: object }>(target: C, names: readonly string[]): void {
  const prototype = target.prototype as Record<string, (...args: any[]) => unknown>
  for (const name of names) {
    const sync = prototype[`${name}Sync`]!
    const twin = {
      [name](this: unknown, a: unknown, b: unknown, c: unknown): Promise<unknown> {
        try {
          return Promise.resolve(sync.call(this, a, b, c))
        } catch (error) {
          const rejected = Promise.reject(error)
          rejected.catch(() => {})
          return rejected
        }
      },
    }[name]
    Object.defineProperty(prototype, name, { value: twin, writable: true, configurable: true })
  }
}
