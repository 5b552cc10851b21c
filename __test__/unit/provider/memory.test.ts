import { describe, expect, it } from 'vitest'
import { memory } from '../../../src/index.js'
import { outOfRange, refused } from '../codec/errors.js'

describe('memory', () => {
  it('takes no options, or an empty object', async () => {
    for (const one of [memory(), memory({}), memory(undefined)]) await one.close()
  })

  it.each([null, 7, 'lmdb', true])('refuses options that are no object: %s', wrong => {
    expect(() => memory(wrong as any)).toThrow(refused('memory'))
  })

  it('refuses an unknown option by name', () => {
    expect(() => memory({ maxByte: 1 } as any)).toThrow(refused('"maxByte"'))
    expect(() => memory({ stateDir: './x' } as any)).toThrow(refused('"stateDir"'))
  })

  it('refuses a limit that is no positive whole number', () => {
    for (const maxBytes of ['1', 1n, null, {}]) {
      expect(() => memory({ maxBytes } as any)).toThrow(refused('maxBytes'))
    }
    for (const maxBytes of [0, -1, 0.5, NaN, Infinity, 2 ** 53]) {
      expect(() => memory({ maxBytes })).toThrow(outOfRange('maxBytes'))
    }
  })

  it('refuses an engine that there is not', () => {
    for (const engine of ['Sorted', 'Hash', 'lmdb', '', null, true]) {
      expect(() => memory({ engine } as any)).toThrow(refused('engine'))
    }
  })

  it('refuses a kind of commits that there is not', () => {
    for (const commits of ['Auto', '', null, true]) {
      expect(() => memory({ commits } as any)).toThrow(refused('commits'))
    }
  })
})
