import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../engines.js'
import { Child } from '../torture/child.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The examples of a page with what each prints. */
function examplesOf(page: string): [code: string, output: string][] {
  const text = readFileSync(join(root, 'docs', page), 'utf8')
  return Array.from(text.matchAll(/```js\n(.*?)```\n\n```text\n(.*?)```/gs), ([, code, output]) => [code!, output!])
}

describe('the examples of docs/checkpoints.md', () => {
  it('there are two of them', () => expect(examplesOf('checkpoints.md')).toHaveLength(2))

  it.each(examplesOf('checkpoints.md'))('print what stands below them: %#', async (code, output) => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'node_modules'))
    symlinkSync(root, join(directory, 'node_modules', 'millpond'))
    writeFileSync(join(directory, 'example.mjs'), code)
    const child = new Child(process.execPath, ['example.mjs'], { cwd: directory })
    expect(`${(await child.lines()).join('\n')}\n`).toBe(output)
  })
})
