import type { Boundaries } from './boundaries.js'

/** What the typed stores have in common. */
interface Store {
  readonly name: string
  approximateNumEntries(): Promise<number>
  init(): Promise<void>
  close(): Promise<void>
}

const done = Promise.resolve()

/** What all stores have in common: flow awaits each write, and is not to wait for the disk each time. */
export class FlowStore<S extends Store> {
  constructor(
    protected readonly store: S,
    protected readonly boundaries: Boundaries,
  ) {}

  get name(): string {
    return this.store.name
  }

  approximateNumEntries(): Promise<number> {
    return this.store.approximateNumEntries()
  }

  init(): Promise<void> {
    return this.store.init()
  }

  flush(): Promise<void> {
    return this.boundaries.flushStore()
  }

  close(): Promise<void> {
    return this.store.close()
  }

  /** Writes at once if that is possible; `later` is the same write in its async form. */
  protected write(now: () => void, later: () => Promise<void>): Promise<void> {
    try {
      now()
    } catch (refusal) {
      return this.boundaries.retry(refusal, later)
    }
    return done
  }
}
