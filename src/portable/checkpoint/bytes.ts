import type { CheckpointBytes, CheckpointOutcome } from '../../checkpoint/engine.js'
import { MillpondError } from '../../error.js'
import type { LongWork } from '../../provider/types.js'
import { Pieces } from './pieces.js'
import type { Written } from './writer.js'

const NOTHING: CheckpointOutcome = { isIncrement: false, bytes: 0, offsets: new Map() }

/** The bytes of a checkpoint, as whoever reads them asks for more. */
export class PortableBytes implements CheckpointBytes {
  #outcome: CheckpointOutcome | undefined
  #isEnded = false

  /**
   * @param totalBytes that there are, about
   * @param ended is called when they were read, or nobody wants more
   */
  constructor(
    private readonly chunks: Written,
    private readonly totalBytes: number,
    private readonly work: LongWork,
    private readonly ended = () => {},
  ) {}

  get outcome(): CheckpointOutcome {
    if (!this.#outcome) throw new MillpondError('ERR_MILLPOND_CODEC', 'the storage did not read all of the checkpoint')
    return this.#outcome
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      this.work.signal?.throwIfAborted()
      const pieces = new Pieces(this.work, this.totalBytes)
      let next = this.chunks.next()
      for (; !next.done; next = this.chunks.next()) {
        pieces.add(next.value.length)
        yield next.value
        await pieces.turn()
      }
      this.#outcome = next.value
    } finally {
      this.end()
    }
  }

  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.chunks.return(NOTHING)
    this.ended()
  }
}
