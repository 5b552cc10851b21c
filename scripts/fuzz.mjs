// Fuzzing: libFuzzer over the targets of crates/millpond/fuzz, by the stable compiler, with Debian's libFuzzer.
//   node scripts/fuzz.mjs 60             all targets, a minute together
//   node scripts/fuzz.mjs 60 packed log  these alone
// They begin with what stands in crates/millpond/fuzz/corpus; what else they find is kept under target/fuzz, and an input that
// fails a target is named at the end. To run it again: target/fuzz/<host>/release/<target> <input>.
import { mkdirSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './platform.mjs'
import { run } from './run.mjs'

const crate = join(root, 'crates', 'millpond', 'fuzz')
const directory = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'fuzz')
const debianPackage = 'libclang-rt-14-dev'

/** All that there are. */
const names = readdirSync(join(crate, 'fuzz_targets'))
  .filter(file => file.endsWith('.rs'))
  .map(file => file.slice(0, -'.rs'.length))

/**
 * @typedef {object} Fuzzed
 * @property {string} name of the target
 * @property {number} executions
 * @property {boolean} failed
 */

/** The library that drives a target, installed if need be and possible. @returns {Promise<string | undefined>} */
async function libFuzzer() {
  if (process.platform !== 'linux') return undefined
  const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
  const search = `find /usr/lib/llvm-*/lib -name 'libclang_rt.fuzzer-${arch}.a' 2>/dev/null | head -n 1`
  const find = async () => (await run('sh', ['-c', search], {}, false)).output.trim()
  if (!(await find()) && process.getuid?.() === 0) {
    await run('apt-get', ['update', '-qq'])
    await run('apt-get', ['install', '-y', '-qq', debianPackage])
  }
  return (await find()) || undefined
}

/** Builds all targets; returns where they are. @param {string} library @returns {Promise<string | undefined>} */
async function build(library) {
  const host = (await run('rustc', ['-vV'], {}, false)).output.match(/^host: (.*)$/m)?.[1] ?? ''
  // What cargo-fuzz asks of a nightly compiler with -Zsanitizer, of which only the coverage is needed.
  const coverage = ['level=4', 'inline-8bit-counters', 'pc-table', 'trace-compares']
  const flags = coverage.map(what => `-Cllvm-args=-sanitizer-coverage-${what}`).join(' ')
  const args = ['--manifest-path', join(crate, 'Cargo.toml'), '--target', host, '--target-dir', directory]
  const { code } = await run('cargo', ['build', '--release', '--locked', '--quiet', ...args], {
    RUSTFLAGS: `--cfg fuzzing -Cpasses=sancov-module ${flags} -Ccodegen-units=1`,
    CUSTOM_LIBFUZZER_PATH: library,
    CUSTOM_LIBFUZZER_STD_CXX: 'stdc++',
  })
  return code === 0 ? join(directory, host, 'release') : undefined
}

/** @param {string} binaries @param {string} name @param {number} seconds @returns {Promise<Fuzzed>} */
async function fuzzTarget(binaries, name, seconds) {
  const found = join(directory, 'corpus', name)
  const failing = join(directory, 'failing')
  for (const made of [found, failing]) mkdirSync(made, { recursive: true })
  const limits = [`-max_total_time=${seconds}`, '-max_len=4096', '-timeout=30', '-rss_limit_mb=2048']
  const told = ['-print_final_stats=1', '-verbosity=0', `-artifact_prefix=${join(failing, `${name}-`)}`]
  const corpora = [found, join(crate, 'corpus', name)]
  const { code, output } = await run(join(binaries, name), [...limits, ...told, ...corpora], {}, false)
  const executions = Number(/number_of_executed_units: (\d+)/.exec(output)?.[1] ?? 0)
  const failed = code !== 0 || executions === 0
  if (failed) console.error(output)
  return { name, executions, failed }
}

/**
 * Fuzzes for so many seconds, the targets one after the other.
 *
 * @param {number} seconds of all targets together, beside building them
 * @param {string[]} [targets]
 * @returns {Promise<{ missing?: string, targets: Fuzzed[] }>} what is missing where it can't be done
 */
export async function fuzz(seconds, targets = names) {
  const library = await libFuzzer()
  if (!library) return { missing: `there is no libFuzzer, and ${debianPackage} can't be installed`, targets: [] }
  const binaries = await build(library)
  /** @type {Fuzzed[]} */
  const fuzzed = []
  for (const name of targets) {
    const each = Math.max(1, Math.round(seconds / targets.length))
    const outcome = binaries ? await fuzzTarget(binaries, name, each) : { name, executions: 0, failed: true }
    fuzzed.push(outcome)
    const verdict = outcome.failed ? 'FAILED' : 'ok'
    console.log(`fuzzing ${name}: ${outcome.executions.toLocaleString('en')} executions in ${each} s, ${verdict}`)
  }
  return { targets: fuzzed }
}

if (process.argv[1] && realpathSync(process.argv[1]) === realpathSync(import.meta.filename)) {
  const [seconds = '60', ...targets] = process.argv.slice(2)
  const { missing, targets: fuzzed } = await fuzz(Number(seconds), targets.length > 0 ? targets : names)
  if (missing) console.error(missing)
  process.exitCode = missing || fuzzed.some(({ failed }) => failed) ? 1 : 0
}
