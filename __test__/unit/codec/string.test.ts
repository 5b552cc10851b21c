import { describe, expect, it } from 'vitest'
import { string } from '../../../src/codec/index.js'
import { corrupt, refused } from './errors.js'

const codec = string()
const roundTrip = (text: string) => codec.decode(Buffer.from(codec.encode(text)))

describe('string', () => {
  it('is UTF-8', () => {
    for (const text of ['', 'a', 'zürich', '日本', '🦆', `${'x'.repeat(31)}é`, 'ü'.repeat(500), '\0']) {
      expect(Buffer.from(codec.encode(text))).toEqual(Buffer.from(text, 'utf8'))
      expect(roundTrip(text)).toBe(text)
    }
  })

  it('gives back text of every length around the ones at which it changes its way', () => {
    for (let length = 0; length < 70; length++) {
      const text = 'abcdefghij'.repeat(7).slice(0, length)
      expect(roundTrip(text)).toBe(text)
      expect(roundTrip(`${text}é`)).toBe(`${text}é`)
      expect(roundTrip(`é${text}`)).toBe(`é${text}`)
    }
    for (const length of [1023, 1024, 1025, 100_000]) {
      expect(roundTrip('é'.repeat(length))).toBe('é'.repeat(length))
    }
  })

  it('gives back a byte order mark and a replacement character', () => {
    for (const text of ['\ufeffa', '\ufffd', `${'a'.repeat(40)}\ufffd`]) expect(roundTrip(text)).toBe(text)
  })

  it('refuses lone surrogates, in short text and in long', () => {
    for (const text of ['\ud800', 'a\udfff', `${'a'.repeat(100)}\ud83e`, '\ud83e'.repeat(2000)]) {
      expect(() => codec.encode(text)).toThrow(refused('lone surrogate'))
    }
  })

  it('refuses what is no string', () => {
    for (const value of [1, null, undefined, Object('a'), ['a']]) {
      expect(() => codec.encode(value)).toThrow(refused('string: expected a string'))
    }
  })

  it('refuses bytes that are no UTF-8', () => {
    for (const bytes of [[0xff], [0xc3], [0x61, 0x80], [0xed, 0xa0, 0x80], [0xc0, 0x80], Array(60).fill(0xfe)]) {
      expect(() => codec.decode(Buffer.from(bytes))).toThrow(corrupt('UTF-8'))
    }
  })
})
