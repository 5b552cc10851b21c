import { Unfinished } from './complaint.js'

/** What a directory says of the runs before. */
export interface Saved {
  /** The file that was counted, by its hash. */
  readonly input: string
  /** The next departure to count. */
  readonly position: number
  readonly finished: boolean
}

/** What this run is asked for. */
export interface Wanted {
  readonly stateDir: string
  readonly input: string
  /** Departures to count. */
  readonly rows: number
  readonly fresh: boolean
}

export interface Beginning {
  readonly position: number
  /** What the directory holds is to be thrown away. */
  readonly afresh: boolean
  readonly because: string
}

/**
 * Where a run begins: where an unfinished one was left, else at the beginning. A limit is no part of the input: what was
 * counted so far is the same whatever was to come.
 *
 * @throws {Unfinished} where going on would make a wrong table, and starting afresh would throw work away unasked
 */
export function beginningOf(saved: Saved | undefined, { stateDir, input, rows, fresh }: Wanted): Beginning {
  if (!saved || saved.position === 0) return afresh('It starts at the beginning.')
  if (fresh) return afresh('It starts afresh, as it was asked to.')
  if (saved.finished) return afresh('The last run finished: it starts afresh.')
  const [at, of] = [saved.position, rows].map(n => n.toLocaleString('en-US'))
  const refused = (why: string) =>
    new Unfinished(`${stateDir} is of an unfinished run ${why}; --fresh discards it, --state DIR leaves it alone`)
  if (saved.input !== input) throw refused('over another file')
  if (saved.position > rows) throw refused(`that is at departure ${at} already, past the ${of} to count`)
  return {
    position: saved.position,
    afresh: false,
    because: `It resumes an unfinished run at departure ${at} of ${of}.`,
  }
}

const afresh = (because: string): Beginning => ({ position: 0, afresh: true, because })
