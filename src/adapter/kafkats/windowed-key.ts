import { describe, invalidArgument } from '../../error.js'
import { checkTime } from '../../store/times.js'
import type { FlowCodec, FlowWindowedKey } from './types.js'

/**
 * Checks what our stores would take for something else: without an end a window has the default one, and without start
 * and end a removal is of all sessions.
 */
export function checkWindowedKey(key: unknown): void {
  if (typeof key !== 'object' || key === null) {
    throw invalidArgument(`key: expected { key, windowStart, windowEnd }, got ${describe(key)}`)
  }
  const { windowStart, windowEnd } = key as Partial<FlowWindowedKey<unknown>>
  checkTime(windowStart, 'windowStart')
  checkTime(windowEnd, 'windowEnd')
}

/** A key as the store gives it back: a codec may map several to the same bytes. */
export function asStored<K>(codec: FlowCodec<K>, key: K): K {
  return codec.decode(Buffer.from(codec.encode(key)))
}

/** An end of a range of windowed keys, encoded once. */
export class WindowedBound<K> {
  readonly #bytes: Buffer

  constructor(
    private readonly codec: FlowCodec<K>,
    private readonly bound: FlowWindowedKey<K>,
  ) {
    checkWindowedKey(bound)
    // A copy: an encoder may use its memory again for the next key.
    this.#bytes = Buffer.from(codec.encode(bound.key))
  }

  /** Where a window is from here, by start, end and key: below zero before, above zero behind. */
  ofWindow({ key, windowStart, windowEnd }: FlowWindowedKey<K>): number {
    return windowStart - this.bound.windowStart || windowEnd - this.bound.windowEnd || this.#ofKey(key)
  }

  /** Where a session is from here, by key, start and end. */
  ofSession({ key, windowStart, windowEnd }: FlowWindowedKey<K>): number {
    return this.#ofKey(key) || windowStart - this.bound.windowStart || windowEnd - this.bound.windowEnd
  }

  #ofKey(key: K): number {
    return Buffer.compare(this.codec.encode(key), this.#bytes)
  }
}
