/** A column: its title, what stands in it, and whether it is a name, which stands to the left of its column. */
export type Column<R> = readonly [title: string, cell: (row: R) => string, kind?: 'name']

/** Lines of one width: a head and the rows, names to the left, numbers to the right. */
export function table<R>(rows: readonly R[], columns: readonly Column<R>[]): string[] {
  const lines = [columns.map(([title]) => title), ...rows.map(row => columns.map(([, cell]) => cell(row)))]
  const widths = columns.map((_, i) => Math.max(...lines.map(line => line[i]!.length)))
  const aligned = (text: string, i: number) =>
    columns[i]![2] === 'name' ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)
  return lines.map(line => `  ${line.map(aligned).join('   ')}`)
}
