import type { DriverName } from './drivers/index.js'
import type { Goal } from './goals.js'
import type { Figures } from './measure.js'
import type { Missing } from './peers.js'
import type { Result } from './run.js'

/** What a child process found. */
export interface Report {
  readonly version: string
  readonly figures: Figures
  readonly memory: Memory | null
  readonly notes: Readonly<Record<string, number>>
}

/** What a store of so many entries takes, in bytes an entry. */
export interface Memory {
  /** Growth of the process and of the JavaScript heap, while the store was filled. */
  readonly resident: number
  readonly heap: number
  /** What the driver says of native memory, or null where it has none. */
  readonly native: number | null
}

/** Lines of columns, the first to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')
  return rows.map(row => line(row).trimEnd()).join('\n')
}

/** Nanoseconds, as exactly as they can be told on a shared machine. */
export const nanoseconds = (time: number): string => (time < 10 ? time.toFixed(1) : time.toFixed(0))

const timed = (name: string, part: string) => (part === '' ? name : `${name}: ${part}`)

/** One line a workload, one column a driver. */
export function timesTable(results: readonly Result[]): string {
  const drivers = [...new Set(results.map(result => result.driver))]
  const lines = new Map<string, Map<DriverName, string>>()
  for (const { name, driver, figures } of results) {
    for (const [part, { best, median }] of Object.entries(figures)) {
      const line = lines.get(timed(name, part)) ?? new Map<DriverName, string>()
      line.set(driver, `${nanoseconds(best)} / ${nanoseconds(median)}`)
      lines.set(timed(name, part), line)
    }
  }
  const rows = Array.from(lines, ([name, line]) => [name, ...drivers.map(driver => line.get(driver) ?? '')])
  return table([['ns an operation, best / median', ...drivers], ...rows])
}

/** What an entry of a 16-byte key and three numbers takes in each driver. */
export function memoryTable(results: readonly Result[]): string {
  const rows = results
    .filter(({ name, memory }) => memory && name.startsWith('get,') && !name.endsWith('strings'))
    .sort((a, b) => a.keys - b.keys)
    .map(({ name, driver, memory }) => [
      `${name.replace('get, ', '')}, ${driver}`,
      memory!.native === null ? '–' : memory!.native.toFixed(0),
      memory!.heap.toFixed(0),
      memory!.resident.toFixed(0),
    ])
  return table([['bytes an entry', 'native', 'JS heap', 'process'], ...rows])
}

/** What happened in long runs, a line each. */
export function notesTable(results: readonly Result[]): string {
  const rows = results
    .filter(({ notes }) => Object.keys(notes).length > 0)
    .map(({ name, driver, notes }) => [
      `${name}: ${driver}`,
      Object.entries(notes)
        .map(([what, count]) => `${count.toLocaleString('en')} ${what}`)
        .join(', '),
    ])
  return table([['what that was made of', ''], ...rows])
}

/** What was left out. */
export const missingText = (missing: readonly Missing[]): string =>
  missing.map(({ name, reason }) => `${name} is not measured: ${reason}\n`).join('')

export function goalsTable(goals: readonly Goal[]): string {
  const digits = { '×': 2, ' ms': 1 }
  const rows = goals.map(({ id, text, ratio, bound, unit, holds }) => [
    `${id.padEnd(4)}${text}`,
    ratio === null ? '–' : `${ratio.toFixed(bound < 0.1 ? 4 : digits[unit])}${unit}`,
    `≤ ${Number(bound.toPrecision(2))}${unit}`,
    ratio === null ? 'not measured' : holds ? 'holds' : 'MISSED',
  ])
  return table([['goal', 'ratio', 'bound', ''], ...rows])
}
