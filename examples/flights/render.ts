import type { RankedRow, Report } from './report.js'
import type { Durability } from './storage.js'

type Column = readonly [title: string, cell: (row: RankedRow) => string]

const whole = (n: number) => Math.round(n).toLocaleString('en-US')
const percent = (share: number) => `${(share * 100).toFixed(1)}%`
const minutes = (n: number) => `${n.toFixed(1)} min`

const flights: Column = ['flights', row => whole(row.flights)]
const late: Column = ['over 15 min late', row => percent(row.delayed / row.flights)]
const meanDelay: Column = ['mean delay', row => minutes(row.meanDelay)]
const longest: Column = ['longest', row => `${whole(row.delayMax)} min`]
const miles: Column = ['miles', row => whole(row.distance / row.flights)]

/** The report as a person reads it. */
export function render(report: Report, colour: boolean): string {
  const { totals, state, run } = report
  const bold = (text: string) => (colour ? `\x1b[1m${text}\x1b[22m` : text)
  const dim = (text: string) => (colour ? `\x1b[2m${text}\x1b[22m` : text)
  const section = (title: string, note: string, name: string, rows: readonly RankedRow[], columns: Column[]) => {
    const [head, ...body] = table(name, rows, columns)
    return ['', bold(title) + (note && dim(note)), dim(head!), ...body]
  }
  return `${[
    bold(`${whole(totals.flights)} departures`) +
      `, ${percent(totals.delayed / totals.flights)} of them more than 15 minutes late,` +
      ` ${minutes(totals.delaySum / totals.flights)} late on average`,
    ...section('Busiest airports', '', 'airport', report.busiestAirports, [flights, late, meanDelay, longest]),
    ...section(
      'Longest mean delays',
      ` of airports with ${whole(report.minimumFlights)} flights or more`,
      'airport',
      report.longestDelays,
      [flights, late, meanDelay, longest],
    ),
    ...section('Busiest routes', '', 'route', report.busiestRoutes, [flights, late, meanDelay, miles]),
    '',
    `${bold(`${whole(run.eventsPerSecond)} events/s`)} in ${run.seconds.toFixed(1)} s with reading the file;` +
      ` ${bold(`${whole(run.applyEventsPerSecond)} events/s`)} in the state alone (${run.engine})`,
    `${whole(state.entries)} entries: ${whole(state.airports)} airports, ${whole(state.routes)} routes` +
      (run.nativeBytes === null ? '' : `, in ${whole(run.nativeBytes / 1024)} KiB of native memory`),
    `State: sha256 ${state.sha256}`,
    ...(run.position > 0 ? [`Resumed at departure ${whole(run.position)}: earlier runs counted those before it.`] : []),
    run.durability ? durable(run.durability, bold) : 'Not durable: the state goes with the process.',
    dim('Checked: every store adds up to sums made straight over the columns of the file.'),
  ].join('\n')}\n`
}

function durable({ stateDir, commits, waitedSeconds }: Durability, bold: (text: string) => string): string {
  const ms = whole(waitedSeconds * 1000)
  return `${bold('Durable')} in ${stateDir}: ${whole(commits)} commits of state and position together, ${ms} ms of waiting for the disk`
}

/** Lines of one width: a head and the rows, names to the left, numbers to the right. */
function table(name: string, rows: readonly RankedRow[], columns: readonly Column[]): string[] {
  const lines = [[name, ...columns.map(([title]) => title)]]
  for (const row of rows) lines.push([row.name, ...columns.map(([, cell]) => cell(row))])
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map(line => line[i]!.length)))
  return lines.map(line =>
    line.map((cell, i) => (i === 0 ? `  ${cell.padEnd(widths[i]!)}` : cell.padStart(widths[i]!))).join('   '),
  )
}
