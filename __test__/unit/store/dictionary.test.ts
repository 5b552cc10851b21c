import { describe, expect, it, onTestFinished } from 'vitest'
import { dictionary, memory } from '../../../src/index.js'
import { native } from '../../../src/native/binding.js'
import { io } from '../../../src/native/io.js'
import { Dictionary } from '../../../src/store/dictionary.js'
import { corrupt, refused } from '../codec/errors.js'
import { failure } from './stores.js'

const border = native()
const { binding, hot } = border

/** An empty table, with what is put into it. */
function tableOf(...rows: [code: string, text: Uint8Array | string][]) {
  const provider = binding.openProvider(null)
  onTestFinished(() => binding.closeProvider(provider))
  const table = binding.openStore(provider, false)
  for (const [code, text] of rows) {
    const key = Buffer.from(code, 'hex')
    key.copy(io.bytes)
    hot.putBytes(table, key.length, Buffer.from(text))
  }
  return table
}

describe('the dictionary of a store', () => {
  it('has room for so many strings, and refuses one more with nothing changed', () => {
    const table = tableOf()
    const { writing, looking } = new Dictionary(border, 'rows', () => table, 2)
    expect(['a', 'b', 'a'].map(text => writing.codeOf(text))).toEqual([0, 1, 0])
    expect(() => writing.codeOf('c')).toThrow(failure('FULL'))
    expect(() => writing.codeOf('\ud800')).toThrow(refused('surrogate'))
    expect([looking.codeOf('b'), looking.codeOf('c'), hot.about(table)]).toEqual([1, 2 ** 32 - 1, 2])
  })

  it('makes no table before it has a string', () => {
    const asked: boolean[] = []
    const table = tableOf()
    const { writing, looking } = new Dictionary(border, 'rows', create => {
      asked.push(create)
      return create ? table : undefined
    })
    looking.codeOf('a')
    looking.textOf(0)
    expect(asked).toEqual([false])
    writing.codeOf('a')
    writing.codeOf('b')
    expect(asked).toEqual([false, true])
  })

  it('reads what it wrote', () => {
    const table = tableOf()
    const texts = ['', 'a', '\0', '🦆', 'long'.repeat(50_000), 'b']
    const { writing } = new Dictionary(border, 'rows', () => table)
    for (const text of texts) writing.codeOf(text)
    const again = new Dictionary(border, 'rows', () => table)
    io.view.setUint32(0, 0x01020304)
    expect(texts.map((_, code) => again.looking.textOf(code))).toEqual(texts)
    // A row may stand there that is being read.
    expect(io.view.getUint32(0)).toBe(0x01020304)
    expect(again.writing.codeOf('c')).toBe(texts.length)
  })

  it.each<[string, [string, Uint8Array | string][], string]>([
    [
      'a gap',
      [
        ['00000000', 'a'],
        ['00000002', 'b'],
      ],
      '0, 1, 2',
    ],
    ['no beginning', [['00000001', 'a']], '0, 1, 2'],
    ['a code of three bytes', [['000000', 'a']], '0, 1, 2'],
    [
      'two codes for a string',
      [
        ['00000000', 'a'],
        ['00000001', 'a'],
      ],
      '0 and 1 stand for one string',
    ],
    ['bytes that are no text', [['00000000', Buffer.from([0xff])]], 'UTF-8'],
  ])('with %s is corruption', (_, rows, message) => {
    const table = tableOf(...rows)
    const { looking } = new Dictionary(border, 'rows', () => table)
    for (const call of [() => looking.codeOf('a'), () => looking.textOf(0)]) expect(call).toThrow(corrupt(message))
  })

  it('of a provider that is full takes no new string, and has room again', async () => {
    await using one = memory({ maxBytes: 1 << 20 })
    const rows = one.createKeyValueStore('rows', { keyCodec: dictionary(), valueCodec: dictionary() })
    let count = 0
    const fill = () => {
      for (; ; count++) rows.putSync(`${count}`, `value ${count}`.repeat(100))
    }
    expect(fill).toThrow(failure('FULL', { store: 'rows', retryable: true }))
    expect([rows.countSync(), rows.hasSync(`${count}`)]).toEqual([count, false])
    expect(rows.getSync(`${count - 1}`)).toBe(`value ${count - 1}`.repeat(100))
    rows.putSync('0', 'value 1'.repeat(100))
    expect(rows.getSync('0')).toBe('value 1'.repeat(100))
  })
})
