import { randomBytes } from 'node:crypto'
import {
  type CheckpointContents,
  type Handle,
  type NativeBinding,
  native,
  type StoreTables,
} from '../native/binding.js'
import { failure } from '../native/status.js'
import { hearNews } from '../provider/thread.js'
import type { LongWork } from '../provider/types.js'
import type { CheckpointRequest } from './engine.js'
import { NativeBytes } from './native-bytes.js'

/** What all native engines do for checkpoints. */
export class NativeCheckpoints {
  constructor(protected readonly engine: Handle) {}

  /** Looked for when it is needed: a provider in memory may do without. */
  protected get binding(): NativeBinding {
    return native().binding
  }

  bytesOf(stores: readonly StoreTables[], offsets: ReadonlyMap<string, bigint>, work: LongWork): NativeBytes {
    const request = { id: randomBytes(16), from: undefined, isBase: false }
    const positions = Array.from(offsets, ([source, position]) => ({ source, position }))
    return this.bytes(request, work, native => this.binding.startCheckpoint(this.engine, native, stores, positions))
  }

  /** The bytes that a job writes which `start` begins. */
  protected bytes(
    request: CheckpointRequest,
    work: LongWork,
    start: (request: { id: Buffer; from?: Buffer; isBase: boolean }) => number,
  ): NativeBytes {
    hearNews()
    const { id, from, isBase } = request
    const job = start({ id, isBase, ...(from ? { from } : {}) })
    if (job < 0) throw failure(job)
    return new NativeBytes(this.binding, job, work)
  }

  settle(isKept: boolean): void {
    // Of a provider that was closed meanwhile nothing is kept in mind.
    this.binding.settleCheckpoint(this.engine, isKept)
  }

  contents(paths: readonly string[]): CheckpointContents {
    const contents = this.binding.readCheckpoint(paths)
    if (typeof contents === 'number') throw failure(contents)
    return contents
  }
}
