import type { RankedRow, Report } from './report.js'
import type { Durability } from './storage.js'
import { type Column, table } from './table.js'
import { MINUTE } from './windows.js'

const whole = (n: number) => Math.round(n).toLocaleString('en-US')
const percent = (share: number) => `${(share * 100).toFixed(1)}%`
const minutes = (n: number) => `${n.toFixed(1)} min`
const clockTime = (time: number) => new Date(time).toISOString().slice(0, 16).replace('T', ' ')

const name = (title: string): Column<{ name: string }> => [title, row => row.name, 'name']
const airport: Column<{ airport: string }> = ['airport', row => row.airport, 'name']
const place: Column<{ place: string }> = ['place', row => row.place, 'name']
const flights: Column<{ flights: number }> = ['flights', row => whole(row.flights)]
const late: Column<{ flights: number; delayed: number }> = [
  'over 15 min late',
  row => percent(row.delayed / row.flights),
]
const meanDelay: Column<{ flights: number; delaySum: number }> = [
  'mean delay',
  row => minutes(row.delaySum / row.flights),
]
const longest: Column<{ delayMax: number }> = ['longest', row => `${whole(row.delayMax)} min`]
const miles: Column<RankedRow> = ['miles', row => whole(row.distance / row.flights)]
const start: Column<{ start: number }> = ['from', row => clockTime(row.start), 'name']
const length: Column<{ start: number; end: number }> = ['for', row => duration((row.end - row.start) / MINUTE)]

const duration = (minutes: number) => `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`

/** The report as a person reads it. */
export function render(report: Report, colour: boolean): string {
  const { totals, order, state, run } = report
  const bold = (text: string) => (colour ? `\x1b[1m${text}\x1b[22m` : text)
  const dim = (text: string) => (colour ? `\x1b[2m${text}\x1b[22m` : text)
  const section = <R>(title: string, note: string, rows: readonly R[], columns: readonly Column<R>[]) => {
    const [head, ...body] = table(rows, columns)
    return ['', bold(title) + (note && dim(note)), dim(head!), ...body]
  }
  const share = (flights: number) => (totals.flights === 0 ? '0' : percent(flights / totals.flights))
  const ofAirports = [name('airport'), place, flights, late, meanDelay, longest]
  return `${[
    bold(`${whole(totals.flights)} departures`) +
      `, ${percent(totals.delayed / totals.flights)} of them more than 15 minutes late,` +
      ` ${minutes(totals.delaySum / totals.flights)} late on average`,
    ...section('Busiest airports', '', report.busiestAirports, ofAirports),
    ...section(
      'Longest mean delays',
      ` of airports with ${whole(report.minimumFlights)} flights or more`,
      report.longestDelays,
      ofAirports,
    ),
    ...section('Busiest routes', '', report.busiestRoutes, [name('route'), flights, late, meanDelay, miles]),
    ...section('Busiest hours', '', report.busiestHours, [airport, place, start, flights, late, meanDelay, longest]),
    ...section('Longest spells of delay', ' without half an hour in which none left late', report.longestSpells, [
      airport,
      place,
      start,
      length,
      ['late flights', row => whole(row.flights)],
      meanDelay,
      longest,
    ]),
    ...section('Longest in spells of delay', ' by state, all airports together', report.delayedStates, [
      name('state'),
      ['spells', row => whole(row.spells)],
      ['hours', row => whole(row.minutes / 60)],
      ['late flights', row => whole(row.flights)],
    ]),
    '',
    `By the time that they left, ${share(order.outOfOrder)} came out of order, ${minutes(order.meanBehind)} behind on` +
      ` average and ${whole(order.mostBehind)} at most;`,
    `${share(order.inGrace)} when their hour was over and within its day of grace, and ${whole(order.tooLate)} later: in no hour.`,
    '',
    `${bold(`${whole(run.eventsPerSecond)} events/s`)} in ${run.seconds.toFixed(1)} s with reading the file;` +
      ` ${bold(`${whole(run.applyEventsPerSecond)} events/s`)} in the state alone (${run.engine})`,
    `${whole(state.entries)} entries: ${whole(state.airports)} airports, ${whole(state.routes)} routes, and what is kept` +
      ` of hours and spells${run.nativeBytes === null ? '' : `, in ${whole(run.nativeBytes / 1024)} KiB of native memory`}`,
    `State: sha256 ${state.sha256}`,
    ...(run.position > 0 ? [`Resumed at departure ${whole(run.position)}: earlier runs counted those before it.`] : []),
    run.durability ? durable(run.durability, bold) : 'Not durable: the state goes with the process.',
    ...(run.picture === null ? [] : [`${bold('The rhythm of the day')} is drawn in ${run.picture}`]),
    dim('Checked: every store adds up to sums made straight over the columns of the file.'),
  ].join('\n')}\n`
}

function durable({ stateDir, commits, waitedSeconds }: Durability, bold: (text: string) => string): string {
  const ms = whole(waitedSeconds * 1000)
  return `${bold('Durable')} in ${stateDir}: ${whole(commits)} commits of state and position together, ${ms} ms of waiting for the disk`
}
