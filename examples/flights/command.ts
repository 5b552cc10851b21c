import { type Options, parseArguments, UsageError, usage } from './args.js'
import { Mismatch } from './check.js'
import { type JobResult, runJob } from './job.js'
import { showProgress } from './progress.js'
import { render } from './render.js'
import { makeReport } from './report.js'
import { openFlights } from './source.js'
import type { FlightState } from './state.js'

export type Run = (state: FlightState) => Promise<void>

/**
 * The command around the job: options in, a report out. `open` opens a state, awaits `run` with it and closes it.
 * Exits with 0 when the report is out, 1 when the job failed or its state does not add up, 2 for a wrong command line.
 */
export async function command(open: (run: Run) => Promise<void>): Promise<void> {
  try {
    const options = parseArguments(process.argv.slice(2))
    if (options.help) process.stdout.write(usage)
    else await open(state => run(state, options))
  } catch (error) {
    if (error instanceof UsageError) console.error(`flights: ${error.message}\n\n${usage}`)
    else console.error(error instanceof Mismatch ? `flights: ${error.message}` : error)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}

async function run(state: FlightState, { limit, json }: Options): Promise<void> {
  const flights = await openFlights({ limit })
  const progress = json ? undefined : showProgress(process.stderr, flights.rows)
  let result: JobResult
  try {
    result = await runJob(flights.batches(), state, { onProgress: done => progress?.update(done) })
  } finally {
    progress?.end()
  }
  if (result.totals.flights !== flights.rows) {
    throw new Mismatch(`the file has ${flights.rows} departures to read, and ${result.totals.flights} were read`)
  }
  const report = makeReport(state, result)
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : render(report, colour))
}
