/** The first few of many rows, best first. */
export class Ranking<T> {
  readonly #rows: T[]
  /** Whether it took a row since `changed` was last set to false. */
  changed = false

  /** @param compare negative where the first of two rows ranks before the second; 0 for no two rows */
  constructor(
    rows: Iterable<T>,
    private readonly compare: (a: T, b: T) => number,
    private readonly size = 10,
  ) {
    this.#rows = [...rows]
  }

  get rows(): readonly T[] {
    return this.#rows
  }

  offer(row: T): void {
    const rows = this.#rows
    if (rows.length === this.size && this.compare(row, rows.at(-1)!) > 0) return
    let at = rows.length
    while (at > 0 && this.compare(row, rows[at - 1]!) < 0) at--
    rows.splice(at, 0, row)
    rows.length = Math.min(rows.length, this.size)
    this.changed = true
  }
}
