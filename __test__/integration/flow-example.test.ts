import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../engines.js'

const main = fileURLToPath(new URL('../../out/examples/flow/main.js', import.meta.url))

function run(...args: string[]) {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: temporaryDirectory() })
}

/** The lines but for the time that it took, and what follows. */
function reported(...args: string[]): string[] {
  const { status, stdout, stderr } = run(...args, '--limit', '20000')
  expect(status, stderr).toBe(0)
  const lines = stdout.trimEnd().split('\n')
  return lines.slice(
    0,
    lines.findIndex(line => line.startsWith('20,000 departures')),
  )
}

it('the flow example says that there is no broker, and finds the same on disk and in memory', () => {
  const onDisk = reported()
  expect(onDisk[0]).toContain('There is no Kafka broker here')
  expect(onDisk).toContain('Busiest airports')
  expect(onDisk).toContain('Longest spells of delay of those that are kept')
  expect(reported('--memory')).toEqual(onDisk)
})

it.each([['--limit 0'], ['--limit many'], ['--fast'], ['now']])('the flow example exits with 2 for %s', line => {
  const { status, stdout, stderr } = run(...line.split(' '))
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).not.toContain('    at ')
})

it('the flow example prints its options', () => {
  expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--limit N') })
})
