import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bytes, type LmdbOptions, lmdb, string } from '../../src/index.js'
import { temporaryDirectory } from '../engines.js'
import { program } from './child.js'
import { missing } from './installed.js'
import { skip, tally } from './tally.js'
import { tmpfs } from './tmpfs.js'

const part = 'bad directories'
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
const definition = { keyCodec: string(), valueCodec: bytes() }

interface Outcome {
  entries?: number
  name?: string
  code?: string
  message?: string
  retryable?: boolean
}

/** What comes of opening a directory in a process of its own, which must live. */
function open(
  stateDir: string,
  options: Partial<LmdbOptions & { readOnly: boolean }> = {},
  as: string[] = [],
): Outcome {
  const [command, ...args] = [...as, process.execPath, program('open'), JSON.stringify({ stateDir, ...options })]
  const { status, signal, stdout, stderr } = spawnSync(command!, args, { encoding: 'utf8', timeout: 30_000 })
  if (status !== 0) throw new Error(`it ended with ${status ?? signal}: ${stderr}`)
  return JSON.parse(stdout)
}

/** All that is at a path: names, modes, times and bytes. */
function listing(path: string): Record<string, unknown> {
  const names = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }).sort() : []
  return Object.fromEntries(
    ['.', ...names].map(name => {
      const { mode, mtimeMs, size } = statSync(join(path, name))
      const isFile = statSync(join(path, name)).isFile()
      return [name, [mode, mtimeMs, size, isFile && readFileSync(join(path, name)).toString('base64')]]
    }),
  )
}

/** Requires that a directory is refused to writers and readers with that code and reason, and untouched. */
function requireRefused(stateDir: string, code: string, reason: RegExp, as?: string[]) {
  const before = listing(stateDir)
  for (const readOnly of [false, true]) {
    const outcome = open(stateDir, { readOnly }, as)
    expect(outcome, JSON.stringify({ readOnly })).toMatchObject({ name: 'MillpondError', code: `ERR_MILLPOND_${code}` })
    expect(outcome.message).toMatch(reason)
    expect(outcome.message).toContain(stateDir)
    expect(listing(stateDir)).toEqual(before)
  }
  tally(part, { done: 1 })
}

/** A directory of ours with so many entries, closed. */
async function filled(stateDir: string, entries = 100) {
  const one = lmdb({ stateDir })
  const rows = one.createKeyValueStore('rows', definition)
  for (let i = 0; i < entries; i++) rows.putSync(`key ${i}`, Buffer.alloc(100, i))
  await one.close()
}

/** A directory that anyone may reach, and that is not there yet. */
function reachable(): string {
  const parent = temporaryDirectory()
  chmodSync(parent, 0o777)
  return join(parent, 'state')
}

describe('a directory', () => {
  it('that is missing, its parent too, is made for a writer, and for a reader nothing is', () => {
    const parent = join(temporaryDirectory(), 'missing')
    const stateDir = join(parent, 'state')
    expect(open(stateDir, { readOnly: true })).toMatchObject({ code: 'ERR_MILLPOND_IO' })
    expect(existsSync(parent)).toBe(false)
    expect(open(stateDir)).toEqual({ entries: 0 })
    tally(part, { done: 1 })
  })

  it('that is a file, or below one, is refused', () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, 'text')
    requireRefused(file, 'UNUSABLE', /is a file/)
    expect(open(join(file, 'state'))).toMatchObject({ code: 'ERR_MILLPOND_IO' })
    expect(readFileSync(file, 'utf8')).toBe('text')
  })

  describe('of another user', () => {
    const isRoot = process.getuid?.() === 0

    it('that can’t be looked into is refused', async () => {
      if (!isRoot) return skip(part, 'only root can be another user')
      const stateDir = reachable()
      await filled(stateDir)
      requireRefused(stateDir, 'IO', /[Pp]ermission denied/, NOBODY)
    })

    it('whose files can’t be read is refused', async () => {
      if (!isRoot) return skip(part, 'only root can be another user')
      const stateDir = reachable()
      await filled(stateDir)
      chmodSync(stateDir, 0o755)
      requireRefused(stateDir, 'IO', /[Pp]ermission denied/, NOBODY)
    })

    // A reader has to be listed in LMDB's table of readers, or a writer would use again what it reads.
    it('that can be read and not written is refused, to readers too', async () => {
      if (!isRoot) return skip(part, 'only root can be another user')
      const stateDir = reachable()
      const one = lmdb({ stateDir, mode: 0o644 })
      one.createKeyValueStore('rows', definition).putSync('key', Buffer.of(1))
      await one.close()
      requireRefused(stateDir, 'IO', /[Pp]ermission denied/, NOBODY)
    })

    it('can’t be made where one must not write', () => {
      if (!isRoot) return skip(part, 'only root can be another user')
      const parent = temporaryDirectory()
      chmodSync(parent, 0o755)
      expect(open(join(parent, 'state'), {}, NOBODY)).toMatchObject({ code: 'ERR_MILLPOND_IO' })
      expect(readdirSync(parent)).toEqual([])
      tally(part, { done: 1 })
    })
  })

  it('on a read-only file system is refused to writers, and read by readers', async () => {
    const { path, refused } = tmpfs(16)
    if (refused !== undefined) return skip(part, refused)
    const stateDir = join(path, 'state')
    await filled(stateDir)
    expect(spawnSync('mount', ['-o', 'remount,ro', path]).status).toBe(0)
    const before = listing(stateDir)
    expect(open(stateDir)).toMatchObject({ code: 'ERR_MILLPOND_IO', message: expect.stringMatching(/[Rr]ead-only/) })
    expect(open(join(path, 'other'))).toMatchObject({ code: 'ERR_MILLPOND_IO' })
    expect(open(stateDir, { readOnly: true })).toEqual({ entries: 100 })
    expect(listing(stateDir)).toEqual(before)
    tally(part, { done: 1 })
  })

  it('on a full file system is refused or opened, retryably and with nothing lost, new or filled', async () => {
    for (const spare of [0, 4096, 40_960, 131_072]) {
      const { path, refused } = tmpfs(8)
      if (refused !== undefined) return skip(part, refused)
      await filled(join(path, 'filled'))
      const ballast = join(path, 'ballast')
      // Pages that are taken: as many as there are.
      spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4096'])
      if (spare > 0) spawnSync('truncate', ['-s', `-${spare}`, ballast])
      for (const stateDir of [join(path, 'new'), join(path, 'filled')]) {
        const outcome = open(stateDir)
        if (outcome.code !== undefined) expect(outcome).toMatchObject({ code: 'ERR_MILLPOND_FULL', retryable: true })
      }
      rmSync(ballast)
      expect(open(join(path, 'new'))).toEqual({ entries: 0 })
      expect(open(join(path, 'filled'))).toEqual({ entries: 100 })
    }
    tally(part, { done: 1 })
  })

  it('that was made by other software is refused', () => {
    const leveldb = temporaryDirectory()
    writeFileSync(join(leveldb, 'CURRENT'), 'MANIFEST-000001\n')
    writeFileSync(join(leveldb, '000003.log'), Buffer.alloc(100, 1))
    requireRefused(leveldb, 'UNUSABLE', /CURRENT|000003|no data\.mdb/)
    const text = temporaryDirectory()
    writeFileSync(join(text, 'data.mdb'), 'text')
    requireRefused(text, 'UNUSABLE', /not LMDB/)
    const nested = temporaryDirectory()
    mkdirSync(join(nested, 'documents'))
    writeFileSync(join(nested, 'documents', 'a.txt'), 'text')
    requireRefused(nested, 'UNUSABLE', /documents|no data\.mdb/)
  })

  it('that was made by LMDB’s own tools is refused', () => {
    const reason = missing('mdb_load', 'lmdb-utils')
    if (reason) return skip(part, reason)
    const stateDir = temporaryDirectory()
    const dump = 'VERSION=3\nformat=print\ndatabase=rows\ntype=btree\nHEADER=END\n key\n value\nDATA=END\n'
    expect(spawnSync('mdb_load', [stateDir], { input: dump }).status).toBe(0)
    requireRefused(stateDir, 'UNUSABLE', /did not make/)
  })

  it('that was made by lmdb-js is refused', () => {
    const modules = temporaryDirectory()
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', modules, 'lmdb@3']
    const installed = spawnSync('npm', args, { encoding: 'utf8', timeout: 120_000 })
    if (installed.status !== 0) return skip(part, `lmdb-js can't be installed: ${installed.stderr.split('\n')[0]}`)
    const stateDir = temporaryDirectory()
    const entry = pathToFileURL(join(modules, 'node_modules', 'lmdb', 'index.js')).href
    const made = spawnSync(process.execPath, [program('lmdb-js'), entry, stateDir], { encoding: 'utf8' })
    if (made.status !== 0) return skip(part, `lmdb-js does not run here: ${made.stderr.split('\n')[0]}`)
    expect(readdirSync(stateDir)).toContain('data.mdb')
    requireRefused(stateDir, 'UNUSABLE', /version|did not make/)
    onTestFinished(() => rmSync(modules, { recursive: true, force: true }))
  }, 180_000)

  it('whose log was cut or flipped in its middle is refused as corrupt, and left as it is', async () => {
    const stateDir = temporaryDirectory()
    const [command, ...args] = [process.execPath, program('killed'), stateDir]
    expect(spawnSync(command!, args).signal).toBe('SIGKILL')
    const log = join(
      stateDir,
      readdirSync(stateDir)
        .filter(name => name.endsWith('.log'))
        .sort()
        .at(-1)!,
    )
    const whole = readFileSync(log)
    const flipped = Buffer.from(whole)
    flipped[64 + 32 + 60]! ^= 1
    writeFileSync(log, flipped)
    const before = readFileSync(log)
    for (const readOnly of [false, true])
      expect(open(stateDir, { readOnly })).toMatchObject({ code: 'ERR_MILLPOND_CORRUPTION' })
    expect(readFileSync(log).equals(before)).toBe(true)
    writeFileSync(log, whole)
    expect(open(stateDir)).toEqual({ entries: 20 })
    tally(part, { done: 1 })
  })
})
