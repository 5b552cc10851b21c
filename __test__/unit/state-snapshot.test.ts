import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HashStore, InMemoryStore, StateSnapshot } from '../../src/index.js'
import { temporaryDirectory } from '../engines.js'

const text = (value: string) => Buffer.from(value)

for (const Store of [InMemoryStore, HashStore]) {
  describe(`a snapshot of ${Store.name} as bytes`, () => {
    const filled = () => {
      const store = new Store()
      for (let key = 0; key < 3000; key++) store.put(text(`key ${key}`), text(`value ${key}`))
      store.put(text(''), text(''))
      return store
    }

    it('comes back from bytes at any alignment, with its time, into a store of either engine', () => {
      using store = filled()
      using snapshot = store.snapshot()
      const bytes = snapshot.toBytes()
      for (const shift of [0, 1, 3, 7]) {
        const shifted = new Uint8Array(bytes.length + shift + 5).subarray(shift, shift + bytes.length)
        shifted.set(bytes)
        using back = StateSnapshot.fromBytes(shifted)
        expect([back.len(), back.sizeBytes()]).toEqual([3001, snapshot.sizeBytes()])
        expect(Math.abs(back.timestamp() - snapshot.timestamp())).toBeLessThan(1000)
        expect(back.get(text('key 7'))).toEqual(text('value 7'))
        for (const Other of [InMemoryStore, HashStore]) {
          using other = new Other()
          other.restore(back)
          expect([other.len(), other.get(text('key 2999'))]).toEqual([3001, text('value 2999')])
        }
      }
    })

    it('comes back from a file, and from the pieces of a stream', async () => {
      using store = filled()
      using snapshot = store.snapshot()
      const path = join(temporaryDirectory(), 'snapshot')
      await snapshot.save(path)
      using opened = await StateSnapshot.open(path)
      expect(opened.iter().toArray()).toEqual(snapshot.iter().toArray())
      const pieces: Uint8Array[] = []
      for await (const piece of snapshot.stream()) pieces.push(piece)
      using received = StateSnapshot.fromBytes(Buffer.concat(pieces))
      expect(received.len()).toBe(3001)
    })

    it('is refused when a bit has changed or a byte is missing', async () => {
      using store = filled()
      using snapshot = store.snapshot()
      const bytes = snapshot.toBytes()
      const corrupt = expect.objectContaining({ code: 'ERR_MILLPOND_CORRUPTION' })
      for (let bit = 0; bit < bytes.length * 8; bit += 10_007) {
        const changed = Buffer.from(bytes)
        changed[bit >> 3]! ^= 1 << (bit & 7)
        expect(() => StateSnapshot.fromBytes(changed)).toThrow(corrupt)
      }
      expect(() => StateSnapshot.fromBytes(bytes.subarray(1))).toThrow(corrupt)
      expect(() => StateSnapshot.fromBytes(new Uint8Array())).toThrow(corrupt)
      expect(() => StateSnapshot.fromBytes('bytes' as never)).toThrow(TypeError)
      await expect(StateSnapshot.open(join(temporaryDirectory(), 'none'))).rejects.toMatchObject({
        code: 'ERR_MILLPOND_IO',
      })
    })
  })
}
