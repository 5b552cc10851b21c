import { parseArgs } from 'node:util'
import { parseWhole, withUsage } from '../args.js'

export interface Options {
  readonly kills: number
  readonly limit: number
  readonly help: boolean
}

export const usage = `Kills the main job at random moments, resumes it, and compares what it ends with with an uninterrupted run.

  --kills N   kill so many times; 10 if it is left out
  --limit N   let the job read the first N departures only
  --help      print this

Exits with 0 when there is no difference, 1 when there is one, 2 for a wrong option.
`

export function parseArguments(args: string[]): Options {
  const text = { type: 'string' } as const
  const options = { kills: text, limit: text, help: { type: 'boolean', default: false } } as const
  const { kills = '10', limit = '3000000', help } = withUsage(() => parseArgs({ args, options }).values)
  return { kills: parseWhole('--kills', kills), limit: parseWhole('--limit', limit), help }
}
