import { describe, expect, it } from 'vitest'
import { bytes } from '../../../src/codec/index.js'
import { detached, refused } from './errors.js'

const codec = bytes()

describe('bytes', () => {
  it('gives the bytes back as a Buffer of its own', () => {
    for (const length of [0, 1, 32, 33, 5000]) {
      const value = Uint8Array.from({ length }, (_, i) => i)
      const encoded = Buffer.from(codec.encode(value))
      const decoded = codec.decode(encoded)
      encoded.fill(0xee)
      expect(Buffer.isBuffer(decoded)).toBe(true)
      expect([...decoded]).toEqual([...value])
    }
  })

  it('copies what it encodes', () => {
    const value = Uint8Array.of(1, 2, 3)
    const encoded = codec.encode(value)
    value.fill(9)
    expect([...encoded]).toEqual([1, 2, 3])
  })

  it('takes a part of a larger buffer', () => {
    expect([...codec.encode(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))]).toEqual([2, 3])
  })

  it('asks no subclass for its length', () => {
    class Liar extends Uint8Array {
      override get length(): any {
        return 1000
      }
      override get byteLength(): any {
        return 1000
      }
    }
    expect([...codec.encode(Liar.of(1, 2, 3))]).toEqual([1, 2, 3])
    expect(codec.encode(new Liar(40)).length).toBe(40)
  })

  it('refuses one whose memory was transferred, rather than store it as empty', () => {
    expect(() => codec.encode(detached())).toThrow(refused('transferred'))
  })

  it('refuses anything else', () => {
    for (const value of ['a', [1], new Uint16Array(2), new ArrayBuffer(2), new DataView(new ArrayBuffer(2)), null]) {
      expect(() => codec.encode(value as any)).toThrow(refused('bytes: expected a Uint8Array'))
    }
  })
})
