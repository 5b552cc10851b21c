import { describe, invalidArgument, MillpondError } from '../error.js'
import type { Binding, Handle } from '../native/binding.js'
import { CLOSED, failure } from '../native/status.js'
import { isThenable } from '../store/callback.js'
import type { Transacting } from '../store/owner.js'

/** Taking back what was written to the stores of an engine, all together. */
export class Transactions implements Transacting {
  /** How many savepoints are open, one in another. */
  #open = 0
  #isUsers = false
  /** Told when something was taken back. */
  tookBack: () => void = () => {}

  constructor(
    private readonly binding: Binding,
    private readonly engine: Handle,
  ) {}

  /** Whether what is being written may be taken back yet: a batch can't end here. */
  get areOpen(): boolean {
    return this.#open > 0
  }

  run<T>(fn: () => T): T {
    this.refuse('transactionSync')
    if (typeof fn !== 'function') throw invalidArgument(`transactionSync: expected a function, got ${describe(fn)}`)
    let result: T
    this.#isUsers = true
    try {
      this.atomically(() => {
        result = fn()
        if (isThenable(result)) {
          throw new MillpondError('ERR_MILLPOND_TRANSACTION', 'transactionSync: the function returned a promise')
        }
      })
    } finally {
      this.#isUsers = false
    }
    return result!
  }

  atomically(fn: () => void): void {
    const begun = this.binding.savepoint(this.engine)
    if (begun < 0) throw failure(begun)
    this.#open++
    try {
      fn()
    } catch (error) {
      const undone = this.#end(false)
      // Closed is nothing to undo; anything else is worse than what fn threw.
      throw undone < 0 && undone !== CLOSED ? failure(undone, { cause: error }) : error
    }
    const ended = this.#end(true)
    if (ended < 0) throw failure(ended)
  }

  refuse(what: string): void {
    if (this.#isUsers) throw refusal(what)
  }

  /** The same, and inside a batch of a store too. */
  refuseAll(what: string): void {
    if (this.areOpen) throw refusal(what)
  }

  /** Takes back what is under way, for a provider that closes in the middle of it. */
  takeBack(): void {
    while (this.#open > 0) this.#end(false)
  }

  #end(keep: boolean): number {
    // None is left if they were taken back at once.
    if (this.#open === 0) return CLOSED
    this.#open--
    const ended = this.binding.endSavepoint(this.engine, keep)
    if (!keep && ended >= 0) this.tookBack()
    return ended
  }
}

function refusal(what: string): Error {
  return new MillpondError('ERR_MILLPOND_TRANSACTION', `${what}: not possible inside transactionSync or a batch`)
}
