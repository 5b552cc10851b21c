import type { DriverName } from './drivers/index.js'
import type { Goal } from './goals.js'
import type { Result } from './run.js'

/** Lines of columns, the first to the left, the others to the right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')
  return rows.map(row => line(row).trimEnd()).join('\n')
}

/** Nanoseconds, as exactly as they can be told on a shared machine. */
export const nanoseconds = (time: number): string => (time < 10 ? time.toFixed(1) : time.toFixed(0))

const timed = (name: string, part: string) => (part === '' ? name : `${name.replace(/,.*/, '')}: ${part}`)

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

export function goalsTable(goals: readonly Goal[]): string {
  const rows = goals.map(({ id, text, ratio, bound, holds }) => [
    `${id.padEnd(4)}${text}`,
    `${ratio.toFixed(2)}×`,
    `≤ ${bound}×`,
    holds ? 'holds' : 'MISSED',
  ])
  return table([['goal', 'ratio', 'bound', ''], ...rows])
}
