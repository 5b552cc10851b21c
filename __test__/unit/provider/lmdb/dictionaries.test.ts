import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dictionary, lmdb, struct, u32 } from '../../../../src/index.js'
import { native } from '../../../../src/native/binding.js'
import { Dictionaries } from '../../../../src/provider/dictionaries.js'
import { temporaryDirectory } from '../../../engines.js'
import { directory } from './directory.js'

const words = { keyCodec: dictionary(), valueCodec: dictionary() }

/** The number of strings that have codes, as a store's own dictionary counts them. */
const sizeOf = (store: object) => (store as any).coding.pinned().texts.size

describe('a dictionary', () => {
  it('gives no code to what is only looked for', async () => {
    const one = directory().open()
    const rows = one.createKeyValueStore('rows', words)
    await rows.put('a', 'b')
    expect([rows.getSync('x'), rows.hasSync('x'), rows.getManySync(['x', 'y'])]).toEqual([
      undefined,
      false,
      [undefined, undefined],
    ])
    rows.deleteSync('x')
    const windows = one.createWindowStore('windows', { ...words, windowSize: 10 })
    expect([windows.getSync('x', 0), windows.fetch('x', 0, 9).toArray()]).toEqual([undefined, []])
    windows.deleteSync('x', 0)
    const sessions = one.createSessionStore('sessions', words)
    expect(sessions.findSessions('x', 0, 9).toArray()).toEqual([])
    sessions.removeSync('x')
    sessions.removeSync('x', 0, 1)
    expect([rows, windows, sessions].map(sizeOf)).toEqual([2, 0, 0])
  })

  it('is not begun by opening a store whose structs have strings', async () => {
    const one = directory().open()
    const rows = one.createKeyValueStore('rows', {
      keyCodec: u32(),
      valueCodec: struct({ at: dictionary(), n: u32() }),
    })
    expect(sizeOf(rows)).toBe(0)
    rows.updateFieldsSync(1, { n: { add: 1 } })
    expect([sizeOf(rows), rows.getSync(1)]).toEqual([1, { at: '', n: 1 }])
  })

  it('is shared by the providers of a directory, and read anew by one that comes when all are closed', async () => {
    const { open } = directory()
    const [one, two] = [open(), open()]
    const [rows, same] = [one, two].map(provider => provider.createKeyValueStore('rows', words))
    await rows!.put('a', 'b')
    await same!.put('c', 'a')
    expect([rows!.getSync('c'), same!.getSync('a'), sizeOf(rows!)]).toEqual(['a', 'b', 3])
    await one.close()
    await same!.put('d', 'b')
    await two.close()
    const third = open().createKeyValueStore('rows', words)
    expect([third.getSync('c'), third.getSync('d'), sizeOf(third)]).toEqual(['a', 'b', 4])
  })

  it('is read by a reader, and again at refresh', async () => {
    const { stateDir, open } = directory()
    const one = open()
    const rows = one.createKeyValueStore('rows', words)
    await rows.clear()
    await using reader = lmdb({ stateDir, readOnly: true })
    const read = reader.createKeyValueStore('rows', words)
    expect(read.getSync('a')).toBeUndefined()
    await rows.put('a', 'b')
    await reader.refresh()
    expect(read.getSync('a')).toBe('b')
    await rows.put('b', 'c')
    expect([read.getSync('b'), read.all().toArray()]).toEqual([undefined, [{ key: 'a', value: 'b' }]])
    const begun = read.all()[Symbol.iterator]()
    const source = open().createKeyValueStore('source', words)
    for (const text of ['x', 'y', 'a']) await source.put(text, 'x')
    using view = source.snapshot()
    await rows.restore(view)
    await rows.flush()
    await reader.refresh()
    expect([read.getSync('a'), read.getSync('y'), read.countSync()]).toEqual(['x', 'x', 3])
    expect(begun.next().value).toEqual({ key: 'a', value: 'b' })
  })

  it('is verified, backed up and compacted with the rest, and counts as no store', async () => {
    const { stateDir, open } = directory({ maxDbs: 1 })
    const one = open()
    const rows = one.createKeyValueStore('rows', words)
    for (let n = 0; n < 1000; n++) rows.putSync(`text ${n}`, 'x')
    await one.commit()
    expect([await one.verify(), one.stats().entries]).toEqual([[], 1000])
    const target = join(temporaryDirectory(), 'copy')
    await one.backup(target)
    await one.compact()
    expect(rows.getSync('text 999')).toBe('x')
    await one.close()
    for (const dir of [stateDir, target]) {
      await using again = lmdb({ stateDir: dir, maxDbs: 1 })
      expect(await again.verify()).toEqual([])
      expect(again.createKeyValueStore('rows', words).getSync('text 999')).toBe('x')
    }
  })

  it('of stores that were closed nothing is kept', () => {
    const dictionaries = new Dictionaries(native(), (store, part, create) => {
      expect([part, create]).toEqual(['dictionary', false])
      return store
    })
    const dictionary = dictionaries.of('rows', 1)
    expect(dictionaries.of('rows', 2)).toBe(dictionary)
    expect(dictionaries.release([1])).toEqual([])
    expect(dictionaries.of('rows', 3)).toBe(dictionary)
    dictionaries.release([2, 3])
    expect(dictionaries.of('rows', 4)).not.toBe(dictionary)
  })
})
