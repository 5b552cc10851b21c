import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { asSystemError } from '../checkpoint/directory.js'
import { damaged } from './packed-format.js'

/** Bytes that do not change. */
export interface Source {
  readonly length: number
  /** Those from one place to another, both within it. Whoever asks does not change them. */
  read(from: number, to: number): Buffer
}

export const inMemory = (bytes: Buffer): Source => ({
  length: bytes.length,
  read: (from, to) => bytes.subarray(from, to),
})

/** A file that is read piece by piece, until it is closed. Nobody may write to it meanwhile. */
export class SourceFile implements Source {
  readonly length: number
  readonly #descriptor: number

  constructor(readonly path: string) {
    this.#descriptor = this.#asked(() => openSync(path, 'r'))
    this.length = this.#asked(() => fstatSync(this.#descriptor).size)
  }

  read(from: number, to: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(to - from)
    for (let at = 0; at < bytes.length; ) {
      const read = this.#asked(() => readSync(this.#descriptor, bytes, at, bytes.length - at, from + at))
      if (read === 0) throw this.#short()
      at += read
    }
    return bytes
  }

  /** So many bytes of it from an offset on. */
  part(offset: number, length: number): Source {
    if (offset + length > this.length) throw this.#short()
    return { length, read: (from, to) => this.read(offset + from, offset + to) }
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #short(): Error {
    return damaged(`${this.path} is shorter than it should be`)
  }

  #asked<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw asSystemError(`read ${this.path}`, error)
    }
  }
}
