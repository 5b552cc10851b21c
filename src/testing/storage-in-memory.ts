import type { CheckpointStorage } from '../checkpoint/storage.js'

/** A storage for the tests, as an object store is one: whole things by name, and no files. */
export class StorageInMemory implements CheckpointStorage {
  readonly things = new Map<string, Buffer>()

  async write(name: string, data: AsyncIterable<Uint8Array>, options: { signal?: AbortSignal } = {}): Promise<void> {
    const chunks: Uint8Array[] = []
    for await (const chunk of data) {
      options.signal?.throwIfAborted()
      chunks.push(Uint8Array.from(chunk))
    }
    options.signal?.throwIfAborted()
    this.things.set(name, Buffer.concat(chunks))
  }

  async *read(name: string): AsyncIterable<Uint8Array> {
    const thing = this.things.get(name)
    if (!thing) throw new Error(`there is no ${name}`)
    // In pieces, of which none ends where something else does.
    for (let at = 0; at < thing.length; at += 4093) yield thing.subarray(at, at + 4093)
  }

  async *list(prefix: string): AsyncIterable<string> {
    for (const name of [...this.things.keys()]) if (name.startsWith(prefix)) yield name
  }

  async delete(name: string): Promise<void> {
    this.things.delete(name)
  }
}
