import type { CheckpointStorage } from '../checkpoint/storage.js'
import type { TestRunner } from './bench.js'

/** Gives an empty storage; called for each test. */
export type MakeStorage = () => CheckpointStorage | Promise<CheckpointStorage>

/**
 * Defines the tests of what every `CheckpointStorage` does, for one of your own.
 *
 * @param runner the functions of the test runner
 * @param name of the storage, for the names of the tests
 */
export function testCheckpointStorage({ describe, it, expect }: TestRunner, name: string, make: MakeStorage): void {
  describe(`checkpoint storage: ${name}`, () => {
    it('reads what was written, in whatever pieces', async () => {
      const storage = await make()
      const [large, pieces] = [bytes(3_000_000), [1, 7, 65_536, 100_000]]
      await storage.write('a', inPieces(large, pieces))
      expect((await all(storage, 'a')).equals(large)).toBe(true)
    })

    it('keeps nothing, of nothing', async () => {
      const storage = await make()
      await storage.write('empty', inPieces(Buffer.alloc(0), [1]))
      expect(await all(storage, 'empty')).toEqual(Buffer.alloc(0))
      expect(await names(storage)).toEqual(['empty'])
    })

    it('puts what is written in place of what there was', async () => {
      const storage = await make()
      await storage.write('a', inPieces(bytes(5000), [100]))
      await storage.write('a', inPieces(Buffer.from('short'), [2]))
      expect(String(await all(storage, 'a'))).toBe('short')
    })

    it('lists names by how they begin', async () => {
      const storage = await make()
      for (const one of ['1-a.data', '1-a.manifest', '2-b.data']) await storage.write(one, inPieces(bytes(10), [10]))
      expect(await names(storage)).toEqual(['1-a.data', '1-a.manifest', '2-b.data'])
      expect(await names(storage, '1-')).toEqual(['1-a.data', '1-a.manifest'])
      expect(await names(storage, '3')).toEqual([])
    })

    it('removes, and what is not there is no error', async () => {
      const storage = await make()
      await storage.write('a', inPieces(bytes(10), [10]))
      await storage.delete('a')
      await storage.delete('a')
      expect(await names(storage)).toEqual([])
      await expect(all(storage, 'a')).rejects.toThrow()
    })

    it('keeps what there was when the bytes to be written fail', async () => {
      const storage = await make()
      await storage.write('a', inPieces(Buffer.from('before'), [10]))
      async function* failing() {
        yield bytes(100_000)
        throw new Error('half way')
      }
      await expect(storage.write('a', failing())).rejects.toThrow('half way')
      await expect(storage.write('b', failing())).rejects.toThrow('half way')
      expect(String(await all(storage, 'a'))).toBe('before')
      expect(await names(storage)).toEqual(['a'])
    })

    it('keeps what there was when a write is called off', async () => {
      const storage = await make()
      const controller = new AbortController()
      async function* slow() {
        yield bytes(1000)
        controller.abort(new Error('called off'))
        yield bytes(1000)
      }
      await expect(storage.write('a', slow(), { signal: controller.signal })).rejects.toThrow('called off')
      expect(await names(storage)).toEqual([])
    })
  })
}

function bytes(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at++) bytes[at] = (at * 31) >> 3
  return bytes
}

async function* inPieces(whole: Buffer, lengths: readonly number[]): AsyncIterable<Uint8Array> {
  for (let at = 0, piece = 0; at < whole.length; piece++) {
    const end = at + lengths[piece % lengths.length]!
    yield whole.subarray(at, end)
    at = end
  }
}

async function all(storage: CheckpointStorage, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of storage.read(name)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function names(storage: CheckpointStorage, prefix = ''): Promise<string[]> {
  const names: string[] = []
  for await (const name of storage.list(prefix)) names.push(name)
  return names.sort()
}
