import { describe, expect, it } from 'vitest'
import { date } from '../../../src/codec/index.js'
import { corrupt, refused } from './errors.js'

const codec = date()

describe('date', () => {
  it('gives back every time that a Date can hold, to the millisecond', () => {
    for (const time of [0, 1, -1, 1.7e12, -1.7e12, 2 ** 32, -(2 ** 32), 8.64e15, -8.64e15, 8.64e15 - 1]) {
      expect(codec.decode(Buffer.from(codec.encode(new Date(time)))).getTime()).toBe(time)
    }
  })

  it('asks no subclass and no property for the time', () => {
    class Liar extends Date {
      override getTime() {
        return 5
      }
      override valueOf() {
        return 6
      }
    }
    const liar = Object.assign(new Liar(7), { getTime: () => 8 })
    expect(codec.decode(Buffer.from(codec.encode(liar))).getTime()).toBe(7)
  })

  it('refuses an invalid Date and what is no Date', () => {
    expect(() => codec.encode(new Date(Number.NaN))).toThrow(refused('valid Date'))
    for (const value of [0, '2020-01-01', null, Object.create(Date.prototype)]) {
      expect(() => codec.encode(value as Date)).toThrow(refused('date: expected a Date'))
    }
  })

  it('refuses bytes past the range of Date, and of another width', () => {
    expect(() => codec.decode(Buffer.alloc(8))).toThrow(corrupt('date'))
    expect(() => codec.decode(Buffer.alloc(7))).toThrow(corrupt('date: expected 8 bytes, got 7'))
  })
})
