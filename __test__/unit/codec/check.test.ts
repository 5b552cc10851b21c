import { describe, expect, it } from 'vitest'
import { checkCodec } from '../../../src/codec/check.js'
import { f64, json, string } from '../../../src/codec/index.js'
import { refused } from './errors.js'

const encode = () => Buffer.alloc(0)
const decode = () => 0

describe('checkCodec', () => {
  it('takes built-in codecs and any object with the two functions', () => {
    class Mine {
      encode = encode
      decode() {
        return 0
      }
    }
    for (const codec of [
      string(),
      f64(),
      json(),
      { encode, decode },
      new Mine(),
      { encode, decode, id: 'a', version: 0 },
    ]) {
      expect(() => checkCodec(codec, 'keyCodec')).not.toThrow()
    }
  })

  it('refuses anything else, and names it', () => {
    const others = [
      undefined,
      null,
      'string',
      string,
      {},
      { encode },
      { encode, decode: 1 },
      { encode, decode, id: 1 },
      { encode, decode, version: -1 },
      { encode, decode, version: 1.5 },
      { encode, decode, version: '1' },
      { encode, decode, migrate: true },
    ]
    for (const other of others) expect(() => checkCodec(other, 'keyCodec')).toThrow(refused(/^keyCodec: /))
  })
})
