import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { binaryPath, root } from '../../../scripts/platform.mjs'
import { temporaryDirectory } from '../../engines.js'

/** The built library as it is where no native binary fits. */
const installed = temporaryDirectory()

beforeAll(() => {
  cpSync(join(root, 'dist'), join(installed, 'dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(installed, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'), 'junction')
})

/** Runs a program that sees the library's exports as `millpond`; returns what it told, and its warnings. */
function run(program: string) {
  const path = join(installed, 'program.mjs')
  const warnings = `const warnings = []; process.on('warning', ({ name, message }) => warnings.push({ name, message }))`
  const told = `await new Promise(setImmediate); console.log(JSON.stringify({ told, warnings }))`
  const library = JSON.stringify(pathToFileURL(join(installed, 'dist', 'index.js')).href)
  writeFileSync(path, `${warnings}\nconst millpond = await import(${library})\nconst told = []\n${program}\n${told}`)
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', path], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return JSON.parse(stdout)
}

describe('without a native binary', () => {
  it('memory is the portable engine, with one warning', () => {
    const { told, warnings } = run(`
      for (const _ of [1, 2]) {
        const one = millpond.memory()
        const counts = one.createKeyValueStore('counts', { keyCodec: millpond.string(), valueCodec: millpond.f64() })
        for (let i = 0; i < 1000; i++) counts.addSync('key ' + i % 700, 1)
        const rows = one.createWindowStore('rows', { keyCodec: millpond.string(), valueCodec: millpond.json(), windowSize: 10 })
        rows.putSync('a', { large: 'x'.repeat(200_000) }, 20)
        told.push(counts.countSync(), counts.range('key 1', 'key 10').toArray(), rows.getSync('a', 20).large.length)
        await one.close()
      }
      const store = new millpond.InMemoryStore()
      store.put(Buffer.from('a'), Buffer.from('b'))
      told.push(store.len())`)
    const once = [700, ['key 1', 'key 10'].map(key => ({ key, value: 2 })), 200_000]
    expect(told).toEqual([...once, ...once, 1])
    expect(warnings).toEqual([
      { name: 'MillpondWarning', message: expect.stringMatching(/no native binary.*portable/) },
    ])
  })

  it('checkpoints are written, increments too, and restored; so are files of snapshots', () => {
    const [target, file] = ['checkpoints', 'rows.snapshot'].map(name => JSON.stringify(join(installed, name)))
    const { told } = run(`
      const open = provider => provider.createKeyValueStore('rows', { keyCodec: millpond.string(), valueCodec: millpond.u32() })
      const [one, other] = [millpond.memory(), millpond.memory()]
      const rows = open(one)
      for (let i = 0; i < 1000; i++) rows.putSync('key ' + i, i)
      const full = await one.checkpoint(${target}, { incremental: true })
      rows.putSync('key 5', 7)
      const { bytes } = await one.checkpoint(${target}, { incremental: true })
      await other.restoreCheckpoint(${target})
      told.push(open(other).countSync(), open(other).getSync('key 5'), bytes < full.bytes / 10)
      rows.putSync('key 5', 8)
      await rows.snapshot().save(${file})
      await open(other).restore(${file})
      told.push(open(other).getSync('key 5'))
      await Promise.all([one.close(), other.close()])`)
    expect(told).toEqual([1000, 7, true, 8])
  })

  it('says nothing where the portable engine is asked for, and refuses the native one', () => {
    const { told, warnings } = run(`
      await millpond.memory({ engine: 'portable' }).close()
      try { millpond.memory({ engine: 'sorted' }) } catch ({ code }) { told.push(code) }`)
    expect({ told, warnings }).toEqual({ told: ['ERR_MILLPOND_NO_BINARY'], warnings: [] })
  })

  it('lmdb throws when it is called, and says what to do', () => {
    const stateDir = JSON.stringify(join(installed, 'state'))
    const { told } = run(`
      for (const readOnly of [false, true]) {
        try { millpond.lmdb({ stateDir: ${stateDir}, readOnly }) } catch (error) { told.push(error.code, error.message, error.stack) }
      }`)
    expect(told).toHaveLength(6)
    for (const at of [0, 3]) {
      expect(told[at]).toBe('ERR_MILLPOND_NO_BINARY')
      expect(told[at + 1]).toMatch(/no native binary for .*npm run build.*engine: 'portable'/)
      // Of the call, not of the import.
      expect(told[at + 2]).toContain('program.mjs')
    }
  })

  it('a binary that does not load is none, and the error has the reason', () => {
    const there = join(installed, 'prebuilds', binaryPath.split(/[\\/]/).at(-2)!)
    mkdirSync(there, { recursive: true })
    writeFileSync(join(there, 'millpond.node'), 'no library')
    const { told } = run(`
      await millpond.memory().close()
      try { millpond.lmdb({ stateDir: 'state' }) } catch ({ code, message, cause }) { told.push(code, message, cause.message) }`)
    expect(told).toEqual([
      'ERR_MILLPOND_NO_BINARY',
      expect.stringContaining('could not be loaded'),
      expect.stringContaining('millpond.node'),
    ])
  })
})
