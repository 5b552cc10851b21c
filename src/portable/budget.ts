import { FULL } from '../native/status.js'
import { Refusal } from './refusal.js'

/** A limit on the memory of the stores that share it, in bytes as they are estimated. */
export class Budget {
  used = 0

  constructor(private readonly limit: number) {}

  /** Refuses what there is no room for. Who frees as much as it takes never needs any. */
  check(bytes: number): void {
    if (bytes > 0 && this.used + bytes > this.limit) throw new Refusal(FULL)
  }
}
