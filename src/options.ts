import { describe, invalidArgument } from './error.js'

type Checks<T> = { [N in keyof T]-?: (value: unknown, name: string) => void }

/**
 * Looks at an options object once, at the public door: each value by its check, and no name that is not known. A check
 * is called with undefined where the option is missing.
 */
export function checkOptions<T extends object>(
  what: string,
  options: unknown,
  checks: Checks<T>,
): asserts options is T {
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument(`${what}: expected an object of options, got ${describe(options)}`)
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(checks, name)) throw invalidArgument(`${what}: unknown option ${JSON.stringify(name)}`)
  }
  for (const name of Object.keys(checks) as (keyof T & string)[]) {
    checks[name]((options as Partial<T>)[name], `${what}: ${name}`)
  }
}

export const optional = (check: (value: unknown, name: string) => void) => (value: unknown, name: string) => {
  if (value !== undefined) check(value, name)
}

export const functionOrNothing = optional((value, name) => {
  if (typeof value !== 'function') throw invalidArgument(`${name}: expected a function, got ${describe(value)}`)
})

export const signalOrNothing = optional((value, name) => {
  if (!(value instanceof AbortSignal)) throw invalidArgument(`${name}: expected an AbortSignal, got ${describe(value)}`)
})

export const checkBoolean = (value: unknown, name: string) => {
  if (typeof value !== 'boolean') throw invalidArgument(`${name}: expected a boolean, got ${describe(value)}`)
}

export const oneOf =
  (...allowed: string[]) =>
  (value: unknown, name: string) => {
    if (!allowed.includes(value as string)) {
      throw invalidArgument(`${name}: expected ${allowed.map(one => `'${one}'`).join(' or ')}, got ${describe(value)}`)
    }
  }
