/** What progress is written to; process.stderr is one. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressDisplay {
  update(done: number): void
  /** Leaves the terminal as it was. */
  end(): void
}

/** How far it is, and how fast. */
export interface Standing {
  readonly done: number
  readonly total: number
  /** Events a second. */
  readonly rate: number
}

/** '52%  1,560,000 of 3,000,000  812,345 events/s'. 100% is said of the whole alone. */
export function progressText({ done, total, rate }: Standing): string {
  const of = total.toLocaleString('en-US')
  const share = `${Math.floor((done / total) * 100)}%`.padStart(4)
  return `${share}  ${done.toLocaleString('en-US').padStart(of.length)} of ${of}  ${Math.round(rate).toLocaleString('en-US')} events/s`
}

/** A bar and the text, within `columns`: a line that wraps can't be drawn over. */
export function progressLine(standing: Standing, columns: number): string {
  const text = progressText(standing)
  const width = Math.min(40, columns - text.length - 1)
  if (width < 5) return text.slice(0, columns - 1)
  const full = Math.floor((standing.done / standing.total) * width)
  return '█'.repeat(full) + '░'.repeat(width - full) + text
}

/**
 * A bar where there is a terminal, ten times a second at most; elsewhere a line every two seconds.
 *
 * @param from what was done before, and is no part of the rate
 */
export function showProgress(
  stream: ProgressStream,
  total: number,
  from = 0,
  now = () => performance.now(),
): ProgressDisplay {
  const start = now()
  const interval = stream.isTTY ? 100 : 2000
  let last = start
  return {
    update(done) {
      const time = now()
      if (time - last < interval) return
      last = time
      const standing = { done, total, rate: (done - from) / ((time - start) / 1000) }
      if (stream.isTTY) stream.write(`\r\x1b[K${progressLine(standing, stream.columns || 80)}`)
      else stream.write(`${progressText(standing)}\n`)
    },
    end() {
      if (stream.isTTY) stream.write('\r\x1b[K')
    },
  }
}
