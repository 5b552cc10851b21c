/**
 * Ends an operation of the portable engine with a status: see src/native/status.ts. Thrown, for it may come from deep below;
 * caught where the operation was called. No Error, whose stack would cost more than most operations.
 */
export class Refusal {
  constructor(readonly status: number) {}
}

/** An operation whose refusals are statuses, as those of native code are. */
export function statusOf<A extends unknown[], R>(run: (...args: A) => R): (...args: A) => R | number {
  return (...args) => {
    try {
      return run(...args)
    } catch (error) {
      if (error instanceof Refusal) return error.status
      throw error
    }
  }
}
