import type { HourRow, RhythmRow, SpellRow, StateRow } from '../../examples/flights/closed.js'
import type { Batch } from '../../examples/flights/source.js'
import type { FlightState } from '../../examples/flights/state.js'
import type { Row } from '../../examples/flights/tally.js'

/** A state of the main job where some driver keeps it. */
export interface State {
  /** Counts a batch, and closes what stream time has passed by then. */
  apply(batch: Batch): void | Promise<void>
  /** Closes all: the input has ended. */
  end(): void | Promise<void>
  /** Makes all of it durable, with the position in the input where that is possible. */
  commit(nextRow: number): void | Promise<void>
  /** Resolves when all that was committed is durable. */
  settle(): void | Promise<unknown>
  contents(): Contents | Promise<Contents>
  close(): void | Promise<void>
}

/** What a state has found, in no order where it has none. */
export interface Contents {
  readonly airports: readonly Row[]
  readonly routes: readonly Row[]
  readonly rhythm: readonly RhythmRow[]
  readonly states: readonly StateRow[]
  readonly busiestHours: readonly HourRow[]
  readonly longestSpells: readonly SpellRow[]
}

/** A state that lives in this process; `rest` says how it is committed and closed, where there is such a thing. */
export const benchStateOf = (state: FlightState, rest: Partial<State> = {}): State => ({
  apply: batch => state.apply(batch),
  end: () => state.end(),
  commit() {},
  settle() {},
  contents: () => ({
    airports: [...state.airports()],
    routes: [...state.routes()],
    rhythm: [...state.rhythm()],
    states: [...state.states()],
    busiestHours: state.busiestHours(),
    longestSpells: state.longestSpells(),
  }),
  close() {},
  ...rest,
})
