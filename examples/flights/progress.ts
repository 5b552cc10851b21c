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

/** '52%  1,560,000 of 3,000,000  812,345 events/s'. 100% is said of the whole alone. */
export function progressText(done: number, total: number, seconds: number): string {
  const of = total.toLocaleString('en-US')
  const rate = Math.round(done / Math.max(seconds, 0.001)).toLocaleString('en-US')
  const share = `${Math.floor((done / total) * 100)}%`.padStart(4)
  return `${share}  ${done.toLocaleString('en-US').padStart(of.length)} of ${of}  ${rate} events/s`
}

/** A bar and the text, within `columns`: a line that wraps can't be drawn over. */
export function progressLine(done: number, total: number, seconds: number, columns: number): string {
  const text = progressText(done, total, seconds)
  const width = Math.min(40, columns - text.length - 1)
  if (width < 5) return text.slice(0, columns - 1)
  const full = Math.floor((done / total) * width)
  return '█'.repeat(full) + '░'.repeat(width - full) + text
}

/** A bar where there is a terminal, ten times a second at most; elsewhere a line every two seconds. */
export function showProgress(stream: ProgressStream, total: number, now = () => performance.now()): ProgressDisplay {
  const start = now()
  const interval = stream.isTTY ? 100 : 2000
  let last = start
  return {
    update(done) {
      const time = now()
      if (time - last < interval) return
      last = time
      const seconds = (time - start) / 1000
      if (stream.isTTY) stream.write(`\r\x1b[K${progressLine(done, total, seconds, stream.columns || 80)}`)
      else stream.write(`${progressText(done, total, seconds)}\n`)
    },
    end() {
      if (stream.isTTY) stream.write('\r\x1b[K')
    },
  }
}
