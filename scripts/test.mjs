// All tests: cargo's, vitest's, and a slice of fuzzing, each target of which counts as one. Ends with a line that adds them
// up: 'N passed, N failed'. SECONDS_OF_FUZZING (120) is what all targets have together.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fuzz } from './fuzz.mjs'
import { root } from './platform.mjs'

/**
 * Runs a command, shows its output as it comes, and returns it with the exit code.
 * @param {string} command @param {string[]} args @returns {Promise<{ code: number, output: string }>}
 */
function run(command, args) {
  return new Promise(resolve => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', chunk => {
      output += chunk
      process.stdout.write(chunk)
    })
    child.on('close', code => resolve({ code: code ?? 1, output }))
  })
}

let passed = 0
let failed = 0

const cargo = await run('cargo', ['test', '--workspace', '--locked', '--quiet', '--no-fail-fast'])
for (const [, ok, bad] of cargo.output.matchAll(/^test result: .*? (\d+) passed; (\d+) failed/gm)) {
  passed += Number(ok)
  failed += Number(bad)
}

// The crate without what its features bring: no C compiler, no rkyv.
const bare = await run('cargo', ['check', '-p', 'millpond', '--no-default-features', '--locked', '--quiet'])

const report = join(root, 'out', 'vitest.json')
const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`]
const vitest = await run(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...reporters])
const { numPassedTests, numFailedTests, success } = JSON.parse(readFileSync(report, 'utf8'))
passed += numPassedTests
failed += numFailedTests

const fuzzing = await fuzz(Number(process.env.SECONDS_OF_FUZZING ?? 120))
if (fuzzing.missing) console.log(`no fuzzing: ${fuzzing.missing}`)
for (const target of fuzzing.targets) {
  passed += target.failed ? 0 : 1
  failed += target.failed ? 1 : 0
}

// A run that broke before its tests could fail, as one that does not compile, counts as a failure.
const broken = cargo.code !== 0 || bare.code !== 0 || vitest.code !== 0 || !success
if (broken && failed === 0) failed = 1
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
