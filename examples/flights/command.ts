import { type Options, type Place, parseArguments, usage } from './args.js'
import { addColumns } from './check.js'
import { Complaint, Interrupted, Mismatch, UsageError } from './complaint.js'
import { runJob } from './job.js'
import { writePicture } from './picture.js'
import { showProgress } from './progress.js'
import { render } from './render.js'
import { makeReport, type Report } from './report.js'
import { rhythmOf } from './rhythm.js'
import { type Flights, openFlights } from './source.js'
import type { Storage } from './storage.js'

type Open = (place: Place, flights: Flights) => Promise<Storage>

/** The command around the job: options in, a report out. The usage says what it exits with. */
export async function command(open: Open): Promise<void> {
  try {
    const options = parseArguments(process.argv.slice(2))
    process.stdout.write(options.help ? usage : print(await run(open, options), options.json))
  } catch (error) {
    process.exitCode = complain(error)
  }
}

/** Says what went wrong, with a stack only where it is nobody's input or disk. Returns the exit code. */
export function complain(thrown: unknown): number {
  // On a full disk closing fails too: what failed first is the news.
  const { suppressed: error = thrown } = thrown as { suppressed?: unknown }
  const { message, code } = error as Error & { code?: unknown }
  if (error instanceof Complaint) console.error(`flights: ${message}`)
  else if (typeof code === 'string' && code.startsWith('ERR_MILLPOND_')) console.error(`flights: ${message} (${code})`)
  else console.error(error)
  if (error instanceof UsageError) console.error('flights: --help lists the options')
  return error instanceof Complaint ? error.exitCode : 1
}

async function run(open: Open, { place, picture, limit, json }: Options): Promise<Report> {
  const flights = await openFlights({ limit })
  await using storage = await open(place, flights)
  const { state, position, announcement } = storage
  if (!json) process.stderr.write(`${announcement}\n`)
  const interruption = interruptions(place)
  const progress = json ? undefined : showProgress(process.stderr, flights.rows, position)
  try {
    const result = await runJob(flights.batches(position), state, {
      commit: storage.commit,
      signal: interruption,
      onProgress: nextRow => progress?.update(nextRow),
    })
    const durability = await storage.finish(flights.rows)
    // What earlier runs counted, again from the file: the state has no part in its own check.
    for await (const measures of flights.measures(position)) addColumns(result.totals, measures)
    if (result.totals.flights !== flights.rows) {
      throw new Mismatch(`the file has ${flights.rows} departures to read, and ${result.totals.flights} were read`)
    }
    const report = makeReport(state, result, durability)
    if (picture === undefined) return report
    await writePicture(picture, rhythmOf(state))
    return { ...report, run: { ...report.run, picture } }
  } finally {
    progress?.end()
  }
}

/** The first Ctrl-C ends the job in order, the next one as it is. */
function interruptions(place: Place): AbortSignal {
  const next = place.kind === 'disk' ? ': the next run goes on from the last commit' : ''
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort(new Interrupted(`interrupted${next}`)))
  return controller.signal
}

function print(report: Report, json: boolean): string {
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR
  return json ? `${JSON.stringify(report, null, 2)}\n` : render(report, colour)
}
