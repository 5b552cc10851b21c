import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const library = new URL('../../dist/index.js', import.meta.url)

/**
 * Runs a program of its own process against the built library, with `gc()` at hand.
 *
 * @param program the body of an async function, which sees the library's exports as `millpond`
 */
export function runChild(program: string, ...flags: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'millpond-'))
  const path = join(directory, 'program.mjs')
  const collect = `const collect = async () => { for (let i = 0; i < 5; i++) { gc(); await new Promise(setImmediate) } }`
  writeFileSync(path, `import * as millpond from ${JSON.stringify(library.href)}\n${collect}\n${program}`)
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', ...flags, path], {
    encoding: 'utf8',
    timeout: 50_000,
  })
  rmSync(directory, { recursive: true })
  return { status, signal, stdout, stderr, lines: stdout.trim().split('\n') }
}
