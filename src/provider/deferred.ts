import { mayEnd, stayAwake } from './thread.js'

/** A promise that other threads settle: the process stays alive for it. One that nobody awaits may reject. */
export class Deferred {
  readonly promise: Promise<void>
  #resolve!: () => void
  #reject!: (reason: unknown) => void

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.promise.catch(() => {})
    stayAwake()
  }

  resolve(): void {
    mayEnd()
    this.#resolve()
  }

  reject(reason: unknown): void {
    mayEnd()
    this.#reject(reason)
  }
}
