import { describe, expect, it } from 'vitest'
import { assertAttached, DATA_AT, giveBack, LEASE_SIZE, lease, register } from '../../../src/native/io.js'
import { failure } from '../store/stores.js'

const resizable = (length: number, maxByteLength: number): ArrayBuffer =>
  new (ArrayBuffer as any)(length, { maxByteLength })

describe('memory shared with native code', () => {
  it('is a whole ArrayBuffer of fixed length, seen three ways', () => {
    const buffer = register(new ArrayBuffer(1024))
    expect(buffer.number).toBeGreaterThan(0)
    buffer.words[1] = 0x01020304
    expect(buffer.view.getUint32(4, true)).toBe(0x01020304)
    expect(buffer.bytes.length).toBe(1024)
  })

  it('is never resizable, nor empty', () => {
    expect(() => register(resizable(1024, 4096))).toThrow(failure('INTERNAL'))
    expect(() => register(resizable(1024, 1024))).toThrow(failure('INTERNAL'))
  })

  it('that was transferred away is noticed before native code would write to it', () => {
    const memory = new ArrayBuffer(1024)
    const buffer = register(memory)
    assertAttached(buffer)
    structuredClone(memory, { transfer: [memory] })
    expect(() => assertAttached(buffer)).toThrow(failure('INTERNAL'))
    expect(() => register(memory)).toThrow(failure('INTERNAL'))
  })

  it('is lent to one iteration at a time', () => {
    const [first, second] = [lease(), lease()]
    expect(first.number).not.toBe(second.number)
    expect([first.bytes.length, DATA_AT < LEASE_SIZE]).toEqual([LEASE_SIZE, true])
    giveBack(first)
    expect(lease()).toBe(first)
    giveBack(first)
    giveBack(second)
  })
})
