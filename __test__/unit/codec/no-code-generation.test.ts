import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const directory = mkdtempSync(join(tmpdir(), 'millpond-codec-'))

beforeAll(() => {
  mkdirSync(join(directory, 'codec'))
  const sources = readdirSync(join(root, 'src/codec')).map(name => `codec/${name}`)
  for (const name of ['error.ts', ...sources]) transpile(name)
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
})

afterAll(() => rmSync(directory, { recursive: true }))

function transpile(name: string) {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 }
  const { outputText } = ts.transpileModule(readFileSync(join(root, 'src', name), 'utf8'), { compilerOptions })
  writeFileSync(join(directory, name.replace(/\.ts$/, '.js')), outputText)
}

const program = `
  import { f64, string, struct, tuple, u32 } from './codec/index.js'
  const key = tuple(string(), u32())
  const value = struct({ name: string(), sum: f64() })
  let generates = true
  try { new Function('') } catch { generates = false }
  const encoded = [key.encode(['a', 1]), value.encode({ name: 'short', sum: -1.5 })]
  console.log(JSON.stringify({ generates, key: key.decode(encoded[0]), value: value.decode(encoded[1]),
    bytes: encoded.map(bytes => bytes.toString('hex')) }))`

const run = (...flags: string[]) =>
  JSON.parse(
    execFileSync(process.execPath, [...flags, '--input-type=module', '-e', program], { cwd: directory }).toString(),
  )

it('codecs do the same where code may not be generated from strings', () => {
  const forbidden = run('--disallow-code-generation-from-strings')
  const allowed = run()
  expect(allowed.generates).toBe(true)
  expect(forbidden).toEqual({ ...allowed, generates: false })
  expect(forbidden.value).toEqual({ name: 'short', sum: -1.5 })
})
