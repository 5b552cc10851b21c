import type { Packing } from './codec.js'

/** What to throw for a part that threw. */
export type Refuse = (error: unknown, part: number, value: unknown) => unknown

/** Calls `step` for each value; what it throws goes through `refuse`. */
export function forEachPart(
  values: readonly unknown[],
  refuse: Refuse,
  step: (value: unknown, part: number) => void,
): void {
  let part = 0
  try {
    for (; part < values.length; part++) step(values[part], part)
  } catch (error) {
    throw refuse(error, part, values[part])
  }
}

/** Reads the parts of a value, each once, and then prepares them: no user code runs after this. */
export function preparedParts(
  packings: readonly Packing<any>[],
  keys: readonly (string | number)[],
  value: any,
  refuse: Refuse,
): unknown[] {
  const values = keys.map(key => value[key])
  forEachPart(values, refuse, (part, i) => {
    const { prepare } = packings[i]!
    if (prepare) values[i] = prepare(part)
  })
  return values
}
