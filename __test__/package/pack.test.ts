import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { binaryPath } from '../../scripts/platform.mjs'
import * as source from '../../src/index.js'

const root = join(import.meta.dirname, '..', '..')
const project = mkdtempSync(join(tmpdir(), 'millpond-package-'))
// What a user's machine has: Node and a shell, and no cargo.
const path = [dirname(process.execPath), '/usr/bin', '/bin'].join(':')
const env = { HOME: process.env.HOME, PATH: path, npm_config_update_notifier: 'false' }

const run = (command: string, args: string[], cwd = project) =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

beforeAll(() => {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], root))
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'user', private: true }))
  run('npm', [
    'install',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    join(project, packed.filename),
  ])
}, 300_000)

afterAll(() => rmSync(project, { recursive: true, force: true }))

test('no cargo is needed, and nothing in the lock has an install script', () => {
  expect(() => run('cargo', ['--version'])).toThrow()
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'))
  const scripted = Object.entries<any>(lock.packages).filter(([, entry]) => entry.hasInstallScript)
  expect(scripted).toEqual([])
  const { scripts, gypfile } = JSON.parse(
    readFileSync(join(project, 'node_modules', 'millpond', 'package.json'), 'utf8'),
  )
  const installing = Object.keys(scripts).filter(name => /^(pre|post)?(install|prepare)$/.test(name))
  // Where a binding.gyp is found, npm would run node-gyp.
  expect({ installing, gypfile }).toEqual({ installing: [], gypfile: false })
})

const program = `
  const store = memory().createKeyValueStore('counts', { keyCodec: string(), valueCodec: f64() })
  store.putSync('a', 1)
  console.log(store.addSync('a', 2), JSON.stringify(store.all().toArray()))
`
const expected = '3 [{"key":"a","value":3}]\n'

test('the installed package runs as an ES module', () => {
  writeFileSync(join(project, 'esm.mjs'), `import { f64, memory, string } from 'millpond'\n${program}`)
  expect(run(process.execPath, ['esm.mjs'])).toBe(expected)
})

test('the installed package runs under require', () => {
  writeFileSync(join(project, 'cjs.cjs'), `const { f64, memory, string } = require('millpond')\n${program}`)
  expect(run(process.execPath, ['--no-warnings', 'cjs.cjs'])).toBe(expected)
})

test('import and require give the same classes and functions, and all that the sources export', () => {
  const check = `import { createRequire } from 'node:module'
    import * as imported from 'millpond'
    const required = createRequire(import.meta.url)('millpond')
    const names = Object.keys(imported)
    console.log(JSON.stringify({ names, same: names.filter(name => imported[name] === required[name]) }))`
  writeFileSync(join(project, 'same.mjs'), check)
  const { names, same } = JSON.parse(run(process.execPath, ['--no-warnings', 'same.mjs']))
  expect(names.toSorted()).toEqual(Object.keys(source).toSorted())
  expect(same).toEqual(names)
})

test('the library of MessagePack is loaded by the first msgpack codec, not before', () => {
  const library = join(project, 'node_modules', '@msgpack')
  writeFileSync(
    join(project, 'lazy.mjs'),
    `import { f64, memory, msgpack, string } from 'millpond'
    ${program}
    try { msgpack() } catch ({ code }) { console.log(code) }`,
  )
  renameSync(library, `${library}-away`)
  try {
    expect(run(process.execPath, ['lazy.mjs'])).toBe(`${expected}MODULE_NOT_FOUND\n`)
  } finally {
    renameSync(`${library}-away`, library)
  }
  const present = `import { msgpack } from 'millpond'
    const codec = msgpack()
    console.log(codec.decode(codec.encode(new Map([['a', new Date(5)]]))).get('a').getTime())`
  writeFileSync(join(project, 'present.mjs'), present)
  expect(run(process.execPath, ['present.mjs'])).toBe('5\n')
})

test('modules are bundled, and no class is in two of the files', () => {
  const dist = join(project, 'node_modules', 'millpond', 'dist')
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.js'))
  expect(files.toSorted()).toEqual([
    'adapter/kafkats/index.js',
    'index.js',
    'native/binding.js',
    'native/millpond.js',
    'portable/index.js',
    'testing/index.js',
  ])
  const modules = files.flatMap(name => readFileSync(join(dist, name), 'utf8').match(/^\/\/ dist\/.*\.js$/gm) ?? [])
  expect(modules).toContain('// dist/error.js')
  expect(modules.length).toBe(new Set(modules).size)
})

test('the addon takes 3 MB at most', () => {
  const installed = join(project, 'node_modules', 'millpond', relative(root, binaryPath))
  expect(statSync(installed).size).toBeLessThanOrEqual(3_000_000)
})

test('millpond/kafkats loads where flow is not installed, with the errors of millpond', () => {
  writeFileSync(
    join(project, 'kafkats.mjs'),
    `import { MillpondError } from 'millpond'
    import { flowLmdb } from 'millpond/kafkats'
    const codec = { encode: text => Buffer.from(text), decode: String }
    const provider = flowLmdb({ stateDir: 'state/flow', processingGuarantee: 'exactly_once' })
    const store = provider.createKeyValueStore('a', { keyCodec: codec, valueCodec: codec })
    await store.put('key', 'value')
    console.log(await store.get('key'))
    await provider.close()
    await store.get('key').catch(error => console.log(error instanceof MillpondError, error.code))`,
  )
  expect(run(process.execPath, ['kafkats.mjs'])).toBe('value\ntrue ERR_MILLPOND_CLOSED\n')
})

test('the tests of behaviour come with it, for any runner and anyone’s provider', () => {
  writeFileSync(
    join(project, 'testing.mjs'),
    `import assert from 'node:assert/strict'
    import { afterEach, describe, it } from 'node:test'
    import { lmdb } from 'millpond'
    import { testProvider } from 'millpond/testing'
    // As much of an expect as one theme needs, by a proxy that takes all else for granted.
    const expect = actual => new Proxy({
      toEqual: wanted => assert.deepEqual(actual, wanted),
      toBe: wanted => assert.equal(actual, wanted),
    }, { get: (known, name) => known[name] ?? (() => Promise.resolve()) })
    let opened = 0
    const open = () => lmdb({ stateDir: 'state/' + opened++ })
    const points = (name, define) => name.startsWith('points') && describe(name, define)
    testProvider({ afterEach, describe: points, expect, it }, 'durable', open)`,
  )
  const output = run(process.execPath, ['--test-reporter=tap', 'testing.mjs'])
  expect(output).toMatch(/^# pass [1-9]\d+$/m)
  expect(output).toMatch(/^# fail 0$/m)
})

test('the examples of the README run as they stand there', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const examples = [...readme.matchAll(/```js\n([\s\S]*?)```[\s\S]*?```text\n([\s\S]*?)```/g)]
  expect(examples).toHaveLength(2)
  for (const [, example, output] of examples) {
    writeFileSync(join(project, 'readme.mjs'), example!)
    expect(run(process.execPath, ['readme.mjs'])).toBe(output)
  }
})

test('the example for windows is ten lines, once there are events and a store', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const [, loop] = /^(let \[streamTime[\s\S]*?\n\}\n)/m.exec(readme)!
  expect(loop!.trimEnd().split('\n')).toHaveLength(10)
})

test('the package has no more in it than it needs', () => {
  const files = run('tar', ['-tzf', readFileName()]).split('\n').filter(Boolean)
  const allowed =
    /^package\/(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.*|prebuilds\/[\w-]+\/millpond\.node)$/
  expect(files.filter(file => !allowed.test(file))).toEqual([])
})

function readFileName(): string {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return `millpond-${manifest.version}.tgz`
}
