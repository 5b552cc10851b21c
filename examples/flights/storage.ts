import type { FlightState } from './state.js'

/** A state where it is kept, open for one run of the job. */
export interface Storage extends AsyncDisposable {
  readonly state: FlightState
  /** The first departure to count; those before it were counted by earlier runs. */
  readonly position: number
  /** Whether the state outlives the process, and where the run begins. */
  readonly announcement: string
  /** Called after each batch; resolves when the job may go on. */
  commit(nextRow: number): Promise<void>
  /** Called when all is counted. Resolves with what it was to be durable; null where nothing is. */
  finish(nextRow: number): Promise<Durability | null>
}

/** What it was to be durable. */
export interface Durability {
  readonly stateDir: string
  readonly commits: number
  /** How long the job stood still for all of them together. */
  readonly waitedSeconds: number
}

/** A state that goes with the process. */
export function notDurable(state: FlightState, where: string, close: () => Promise<void>): Storage {
  return {
    state,
    position: 0,
    announcement: `${where}: nothing is durable.`,
    async commit() {},
    finish: async () => null,
    [Symbol.asyncDispose]: close,
  }
}
