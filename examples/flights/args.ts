import { parseArgs } from 'node:util'
import { UsageError } from './complaint.js'

/** Where the state is kept. */
export type Place =
  | { readonly kind: 'disk'; readonly stateDir: string; readonly fresh: boolean }
  | { readonly kind: 'memory' }

export interface Options {
  readonly place: Place
  /** Where to draw the picture; undefined for nowhere. */
  readonly picture: string | undefined
  /** How many departures to read. */
  readonly limit: number
  readonly json: boolean
  readonly help: boolean
}

export const usage = `Counts three million departures by airport, by route and by the hour, and finds spells of delay. The state is kept on
disk: killed at any moment, the job goes on from its last commit when it is started again; once it has finished, it
starts afresh.

  --state DIR      keep the state in DIR instead of ./state/flights
  --fresh          start afresh in any case
  --memory         keep the state in memory: nothing is durable
  --limit N        read the first N departures only
  --picture PATH   draw the rhythm of the day, as SVG, in PATH instead of DIR-rhythm.svg
  --json           print one JSON document and no progress
  --help           print this

With --memory or --json nothing is drawn unless --picture says where.

Exits with 0 when all is counted and adds up, 1 if not, 2 for a wrong option, 130 for Ctrl-C.
`

export function parseArguments(args: string[]): Options {
  const flag = { type: 'boolean', default: false } as const
  const text = { type: 'string' } as const
  const options = { state: text, fresh: flag, memory: flag, limit: text, picture: text, json: flag, help: flag }
  const { limit, picture, json, help, ...where } = withUsage(() => parseArgs({ args, options }).values)
  const place = placeOf(where)
  return {
    place,
    picture: pictureAt(picture, place, json),
    limit: limit === undefined ? Infinity : parseWhole('--limit', limit),
    json,
    help,
  }
}

/** Beside the state, where there is one and a person to look at the picture. */
function pictureAt(path: string | undefined, place: Place, json: boolean): string | undefined {
  if (path === '') throw new UsageError('--picture takes a path')
  return path ?? (place.kind === 'disk' && !json ? `${place.stateDir.replace(/[/\\]+$/, '')}-rhythm.svg` : undefined)
}

function placeOf({ state, fresh, memory }: { state?: string; fresh: boolean; memory: boolean }): Place {
  if (memory && (state !== undefined || fresh)) {
    throw new UsageError(`${fresh ? '--fresh' : '--state'} is about a state on disk, and --memory keeps none`)
  }
  if (state === '') throw new UsageError('--state takes a directory')
  return memory ? { kind: 'memory' } : { kind: 'disk', stateDir: state ?? './state/flights', fresh }
}

/** A whole number above 0 from the command line. */
export function parseWhole(option: string, text: string): number {
  // Number() would take '', '1e3' and '0x10' as well.
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  throw new UsageError(`${option} takes a whole number above 0, not '${text}'`)
}

/** What `parse` returns; what it throws is a UsageError. */
export function withUsage<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
