import { setImmediate } from 'node:timers/promises'
import type { LongWork } from '../../provider/types.js'

/** So many bytes are a piece, which takes some milliseconds. */
const PIECE = 128 << 10

/** Long work of this thread, done piece by piece, between which others have their turn. */
export class Pieces {
  #doneBytes = 0
  #pieceEnd = PIECE

  constructor(
    private readonly work: LongWork,
    private readonly totalBytes: number,
  ) {}

  /** So many bytes more are done; returns whether a piece ends with them. */
  add(bytes: number): boolean {
    this.#doneBytes += bytes
    return this.#doneBytes >= this.#pieceEnd
  }

  /** Tells how far it is, and lets others do something; throws the signal's reason if it was called off. */
  async turn(): Promise<void> {
    this.#pieceEnd = this.#doneBytes + PIECE
    this.work.onProgress?.({ doneBytes: this.#doneBytes, totalBytes: Math.max(this.totalBytes, this.#doneBytes) })
    this.work.signal?.throwIfAborted()
    await setImmediate()
    this.work.signal?.throwIfAborted()
  }
}
