import type { Boundaries } from './boundaries.js'

/** What the typed stores have in common. */
export interface Store {
  readonly name: string
  approximateNumEntries(): Promise<number>
  init(): Promise<void>
  close(): Promise<void>
}

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

  /**
   * Writes at once, or when there is room; resolves when every read sees it. One that nobody awaits is no unhandled
   * rejection: it must not end the process.
   */
  protected write<T>(write: () => T): Promise<T> {
    try {
      return Promise.resolve(write())
    } catch (refusal) {
      const retried = this.boundaries.retry(refusal, write)
      retried.catch(() => {})
      return retried
    }
  }
}
