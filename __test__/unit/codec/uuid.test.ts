import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { uuid } from '../../../src/codec/index.js'
import { corrupt, refused } from './errors.js'

const codec = uuid()

describe('uuid', () => {
  it('is 16 bytes and comes back in lower case', () => {
    expect(Buffer.from(codec.encode('00112233-4455-6677-8899-aAbBcCdDeEfF')).toString('hex')).toBe(
      '00112233445566778899aabbccddeeff',
    )
    for (let i = 0; i < 100; i++) {
      const id = randomUUID()
      expect(codec.decode(Buffer.from(codec.encode(id.toUpperCase())))).toBe(id)
    }
  })

  it('refuses any other text', () => {
    const id = 'f47ac10b-58cc-4372-a567-0e02b2c3d479'
    const others = [
      '',
      id.replaceAll('-', ''),
      `${id}0`,
      id.slice(1),
      `{${id.slice(2)}}`,
      `g${id.slice(1)}`,
      id.replace('-', '0'),
      `é${id.slice(1)}`,
      `\u0130${id.slice(1)}`,
      id.replace('f', '-'),
    ]
    for (const other of others) expect(() => codec.encode(other)).toThrow(refused('uuid: expected'))
    for (const other of [1, null, { length: 36 }]) expect(() => codec.encode(other as string)).toThrow(refused('uuid'))
  })

  it('refuses bytes of another width', () => {
    expect(() => codec.decode(Buffer.alloc(15))).toThrow(corrupt('uuid: expected 16 bytes, got 15'))
  })
})
