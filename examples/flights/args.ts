import { parseArgs } from 'node:util'

export interface Options {
  /** How many departures to read. */
  readonly limit: number
  readonly json: boolean
  readonly help: boolean
}

/** A command line that can't be followed. */
export class UsageError extends Error {}

export const usage = `Counts three million departures by airport and by route.

  --limit N   read the first N departures only
  --json      print one JSON document and no progress
  --help      print this
`

export function parseArguments(args: string[]): Options {
  const { limit, json, help } = parse(args)
  // Number() would take '', '1e3' and '0x10' as well.
  if (limit !== undefined && !(/^[1-9]\d*$/.test(limit) && Number.isSafeInteger(Number(limit)))) {
    throw new UsageError(`--limit takes a whole number above 0, not '${limit}'`)
  }
  return { limit: limit === undefined ? Infinity : Number(limit), json, help }
}

function parse(args: string[]) {
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ args, options: { limit: { type: 'string' }, json: flag, help: flag } }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
