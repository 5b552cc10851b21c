import { describe, expect, it } from 'vitest'
import { encodeForeign } from '../../../src/codec/foreign.js'
import type { Codec } from '../../../src/codec/index.js'
import { detached } from './errors.js'

const returning = (result: unknown): Codec<unknown> => ({
  id: 'mine',
  encode: () => result as Uint8Array,
  decode: () => 0,
})

describe('encodeForeign', () => {
  it('gives what the codec returned', () => {
    const bytes = Uint8Array.of(1)
    expect(encodeForeign(returning(bytes), 0)).toBe(bytes)
  })

  it('refuses what is no Uint8Array, and calls a promise one', () => {
    const cases: [unknown, string][] = [
      [Promise.resolve(Buffer.alloc(1)), 'a promise'],
      ['text', '"text"'],
      [undefined, 'undefined'],
      [[1], 'an array'],
      [new ArrayBuffer(1), 'an object'],
      [detached(), 'one whose memory was transferred'],
    ]
    for (const [result, got] of cases) {
      const message = `mine: encode must return a Uint8Array, got ${got}`
      expect(() => encodeForeign(returning(result), 0)).toThrow(
        expect.objectContaining({ name: 'MillpondError', code: 'ERR_MILLPOND_CODEC', message }),
      )
    }
  })

  it('passes on what the codec throws', () => {
    const error = new Error('mine')
    const codec: Codec<unknown> = {
      encode() {
        throw error
      },
      decode: () => 0,
    }
    expect(() => encodeForeign(codec, 0)).toThrow(error)
  })
})
