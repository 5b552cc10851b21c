import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lmdb } from '../../../../src/index.js'
import { temporaryDirectory } from '../../../engines.js'
import { outOfRange, refused } from '../../codec/errors.js'
import { failure } from '../../store/stores.js'
import { counts, directory } from './directory.js'

describe('the options of lmdb', () => {
  it.each([undefined, null, 7, './state'])('that are no object are refused: %s', options => {
    expect(() => lmdb(options as any)).toThrow(refused('lmdb'))
  })

  it('that are unknown are refused by name', () => {
    const stateDir = temporaryDirectory()
    expect(() => lmdb({ stateDir, maxBytes: 1 } as any)).toThrow(refused('"maxBytes"'))
    expect(() => lmdb({ stateDir, statedir: stateDir } as any)).toThrow(refused('"statedir"'))
    expect(readdirSync(stateDir)).toEqual([])
  })

  it.each([undefined, null, 7, '', 'a\0b', 'a\ud800', {}])('a stateDir of %j is refused by name', stateDir => {
    expect(() => lmdb({ stateDir } as any)).toThrow(refused('stateDir'))
  })

  it.each([
    ['mapSize', [0, -1, 1.5, NaN, Infinity, 2 ** 53, 2 ** 20 - 1]],
    ['maxDbs', [0, -1, 1.5, 32_768, NaN]],
    ['mode', [-1, 0o1000, 0.5]],
    ['maxPendingBytes', [0, -1, 0.5, Infinity]],
    ['maxUncommittedBytes', [0, -1, 0.5, Infinity]],
  ])('%s out of its range is refused by name', (name, values) => {
    const stateDir = temporaryDirectory()
    for (const value of values) expect(() => lmdb({ stateDir, [name]: value })).toThrow(outOfRange(name))
    for (const value of ['1', 1n, null, true]) {
      expect(() => lmdb({ stateDir, [name]: value } as any)).toThrow(refused(name))
    }
    expect(readdirSync(stateDir)).toEqual([])
  })

  it.each(['commits', 'durability'])('%s of another kind is refused by name', name => {
    for (const value of ['Auto', '', null, true, 1]) {
      expect(() => lmdb({ stateDir: 'never', [name]: value } as any)).toThrow(refused(name))
    }
    expect(existsSync('never')).toBe(false)
  })

  it('that are undefined are as if they were missing', () => {
    const { open } = directory()
    open({ mapSize: undefined, commits: undefined } as any)
    open()
  })

  it('take a relative path, and a directory that is to be made', async () => {
    const stateDir = join(relative(process.cwd(), temporaryDirectory()), 'a', 'b')
    const one = lmdb({ stateDir })
    one.createKeyValueStore('counts', counts).putSync('a', 1)
    await one.close()
    expect(readdirSync(stateDir)).toEqual(expect.arrayContaining(['data.mdb', 'lock.mdb']))
  })

  it('keep files for the owner alone, or as mode says', async () => {
    const made = async (mode?: number) => {
      const stateDir = join(temporaryDirectory(), 'state')
      const one = lmdb(mode === undefined ? { stateDir } : { stateDir, mode })
      await one.close()
      const modeOf = (path: string) => statSync(path).mode & 0o777
      return [modeOf(stateDir) & 0o77, ...readdirSync(stateDir).map(name => modeOf(join(stateDir, name)))]
    }
    expect(new Set(await made())).toEqual(new Set([0, 0o600]))
    const umask = process.umask(0)
    try {
      expect(new Set((await made(0o640)).slice(1))).toEqual(new Set([0o640]))
    } finally {
      process.umask(umask)
    }
  })
})

describe('a stateDir', () => {
  it('that is a file is refused', () => {
    const stateDir = join(temporaryDirectory(), 'file')
    writeFileSync(stateDir, 'mine')
    expect(() => lmdb({ stateDir })).toThrow(failure('UNUSABLE'))
  })

  it('that others filled is refused with its reason, and left untouched', () => {
    const stateDir = temporaryDirectory()
    writeFileSync(join(stateDir, 'notes.txt'), 'mine')
    expect(() => lmdb({ stateDir })).toThrow(/notes\.txt/)
    expect(readdirSync(stateDir)).toEqual(['notes.txt'])
  })

  it('with a data.mdb that is not LMDB’s is refused, and left untouched', () => {
    const stateDir = temporaryDirectory()
    writeFileSync(join(stateDir, 'data.mdb'), Buffer.alloc(8192, 7))
    expect(() => lmdb({ stateDir })).toThrow(failure('UNUSABLE', { retryable: false }))
    expect(readdirSync(stateDir)).toEqual(['data.mdb'])
  })

  it('K39 that can’t be written is a typed error at open, and leaves the process well', async () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, 'mine')
    // Below a file, and where nobody makes a directory.
    for (const stateDir of [join(file, 'state'), '/proc/millpond']) {
      for (let tries = 0; tries < 3; tries++) expect(() => lmdb({ stateDir })).toThrow(failure('IO'))
    }
    expect(readFileSync(file, 'utf8')).toBe('mine')
    const one = directory().open()
    await one.createKeyValueStore('counts', counts).put('a', 1)
    expect(one.createKeyValueStore('counts', counts).getSync('a')).toBe(1)
  })

  it.skipIf(process.getuid?.() === 0)('K39 that may not be read, or not be written, is refused', () => {
    const stateDir = join(temporaryDirectory(), 'state')
    mkdirSync(stateDir)
    for (const mode of [0, 0o500]) {
      chmodSync(stateDir, mode)
      expect(() => lmdb({ stateDir })).toThrow(failure('IO'))
    }
  })

  it('is the same by whatever path it is reached', async () => {
    const { stateDir, open } = directory()
    const link = join(temporaryDirectory(), 'link')
    symlinkSync(stateDir, link)
    open().createKeyValueStore('counts', counts).putSync('a', 1)
    const other = lmdb({ stateDir: link })
    expect(other.createKeyValueStore('counts', counts).getSync('a')).toBe(1)
    await other.close()
  })
})
