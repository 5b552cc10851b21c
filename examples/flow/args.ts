import { parseArgs } from 'node:util'
import { parseWhole, withUsage } from '../flights/args.js'

export interface Options {
  /** How many departures to send. */
  readonly limit: number
  /** Keep the state in memory alone. */
  readonly memory: boolean
  readonly help: boolean
}

export const usage = `Runs real departures through a topology of @kafkats/flow whose state is kept by millpond/kafkats. There is no Kafka
broker: flow's own TestDriver hands the records over, in this process.

  --limit N   send the first N departures; 300,000 by default
  --memory    keep the state in memory instead of a temporary directory
  --help      print this
`

export function parseArguments(args: string[]): Options {
  const flag = { type: 'boolean', default: false } as const
  const options = { limit: { type: 'string', default: '300000' }, memory: flag, help: flag } as const
  const { limit, memory, help } = withUsage(() => parseArgs({ args, options }).values)
  return { limit: parseWhole('--limit', limit), memory, help }
}
