// The parts of the torture: what each is asked for, how it is run, and how what it did is read off.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fuzz } from './fuzz.mjs'
import { root } from './platform.mjs'
import { run } from './run.mjs'

/**
 * @typedef {object} Outcome
 * @property {number} done
 * @property {number} [asked] where only the run can say it
 * @property {number} [lost] unknown where it failed in another way
 * @property {number} [invented]
 * @property {boolean} failed
 * @property {string} [note]
 */

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} what
 * @property {number} asked
 * @property {(asked: number) => Promise<Outcome>} run
 * @property {boolean} [proves] that the other parts find what is planted
 */

/** Whether a part that ended so found something lost or invented; nothing where it failed in another way. @param {boolean} failed @param {string} output */
function losses(failed, output) {
  if (!failed) return { lost: 0, invented: 0 }
  const lost = /\blost: |a row is lost|does not find what was acknowledged/.test(output)
  const invented = /\binvented: |was invented|nobody wrote/.test(output)
  return lost || invented ? { lost: Number(lost), invented: Number(invented) } : {}
}

/** The line that says what went wrong. @param {string} output */
function reason(output) {
  const lines = output.split('\n')
  const panicked = lines.findIndex(line => line.includes('panicked at'))
  const said = panicked >= 0 ? lines[panicked + 1] : lines.find(line => /\b\w*Error\b.*: /.test(line))
  return said?.trim()
}

const targetDir = process.env.CARGO_TARGET_DIR ?? join(root, 'target')
const cargoTest = ['test', '--release', '--locked', '-p', 'millpond']

/**
 * A test in Rust whose number stands in a variable, and which prints how far it got.
 *
 * @param {string} name @param {string} what @param {number} asked @param {string} variable
 * @param {string[]} target @param {RegExp} printed with the number in its first group
 * @returns {Part}
 */
function inRust(name, what, asked, variable, target, printed) {
  return {
    name,
    what,
    asked,
    async run() {
      const [kind = '', ...filters] = target
      const args = [...cargoTest, ...kind.split(' '), '--', ...filters, '--nocapture']
      const { code, output } = await run('cargo', args, { [variable]: String(asked) })
      const found = printed.exec(output)
      const failed = code !== 0 || !found
      const note = failed ? reason(output) : found[0]
      return { done: Number(found?.[1] ?? 0), failed, ...losses(failed, output), ...(note ? { note } : {}) }
    },
  }
}

/**
 * Tests in TypeScript, which tell what they did: see __test__/torture/tally.ts.
 *
 * @param {string} name @param {string} what @param {number} asked @param {string} file
 * @param {{ tally: string, variable?: string, times?: number, only?: string }} options
 * @returns {Part}
 */
function inNode(name, what, asked, file, { tally, variable, times = asked, only }) {
  return {
    name,
    what,
    asked,
    async run() {
      const directory = mkdtempSync(join(tmpdir(), 'millpond-torture-'))
      const path = join(directory, 'tally')
      const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
      const args = [
        vitest,
        'run',
        '--project',
        'memory',
        `__test__/torture/${file}.test.ts`,
        ...(only ? ['-t', only] : []),
      ]
      const variables = { MILLPOND_TALLY: path, ...(variable ? { [variable]: String(times) } : {}) }
      const { code, output } = await run(process.execPath, args, variables)
      const lines = existsSync(path)
        ? readFileSync(path, 'utf8')
            .trim()
            .split('\n')
            .map(line => JSON.parse(line))
        : []
      rmSync(directory, { recursive: true })
      const told = lines.filter(({ part }) => part === tally)
      const done = told.reduce((sum, { done = 0 }) => sum + done, 0)
      const failed = code !== 0
      const notes = told.map(({ note, skipped }) => (skipped ? `skipped: ${skipped}` : note)).filter(Boolean)
      const note = failed ? reason(output) : [...new Set(notes)].join('; ')
      return { done, failed, ...losses(failed, output), ...(note ? { note } : {}) }
    },
  }
}

/** A whole file of tests that has no number of its own. @param {string} name @param {string} what @param {string} path @returns {Part} */
function tests(name, what, path) {
  return {
    name,
    what,
    asked: 1,
    async run() {
      const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
      const { code, output } = await run(process.execPath, [vitest, 'run', '--project', 'memory', path])
      const failed = code !== 0
      return {
        done: failed ? 0 : 1,
        failed,
        ...losses(failed, output),
        ...(failed ? { note: reason(output) ?? '' } : {}),
      }
    },
  }
}

/**
 * Plants a mistake and runs a part that must find it, by this same command.
 *
 * @param {string} mistake @param {string} part @returns {Part}
 */
function planted(mistake, part) {
  return {
    name: `planted-${mistake}`,
    what: `turns ${part} red`,
    asked: 1,
    proves: true,
    async run() {
      const args = [join(root, 'scripts', 'torture.mjs'), part]
      const { code, output } = await run(process.execPath, args, { MILLPOND_PLANT: mistake })
      const isFound = code === 1 && /\bRED$/m.test(output) && output.includes('panicked at')
      const note = isFound ? `found: ${reason(output)}` : 'NOT FOUND'
      return { done: isFound ? 1 : 0, failed: !isFound, lost: 0, invented: 0, note }
    },
  }
}

/** @param {string[]} args @param {Record<string, string>} variables @returns {Promise<Outcome>} */
async function sanitized(args, variables) {
  const host = (await run('rustc', ['-vV'])).output.match(/^host: (.*)$/m)?.[1] ?? ''
  const target = ['--target', host, '--target-dir', join(targetDir, 'asan'), '--no-fail-fast']
  // The sanitizer is not stable yet: the stable compiler is told to allow it. LMDB's own code is built with it too.
  const { code, output } = await run('cargo', [...cargoTest, ...target, ...args], {
    RUSTC_BOOTSTRAP: '1',
    RUSTFLAGS: '-Zsanitizer=address',
    CFLAGS: '-fsanitize=address -fno-omit-frame-pointer',
    ...variables,
  })
  const failed = code !== 0
  const passed = [...output.matchAll(/^test result: .*? (\d+) passed/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  )
  const note = failed ? reason(output) : `${passed} tests passed, LMDB's C code sanitized with them`
  return { done: failed ? 0 : 1, failed, ...losses(failed, output), ...(note ? { note } : {}) }
}

/** @param {number} seconds @returns {Promise<Outcome>} */
async function fuzzed(seconds) {
  const { missing, targets } = await fuzz(seconds)
  const failed = missing !== undefined || targets.some(({ failed }) => failed)
  const executions = targets.map(({ name, executions }) => `${name} ${executions.toLocaleString('en')}`)
  return { done: failed ? 0 : seconds, failed, ...losses(failed, ''), note: missing ?? executions.join(', ') }
}

const seeds = Number(process.env.SEEDS ?? 2000)
const images = ['--lib', 'no_crash_loses_what_was_acknowledged']
const environments = ['--lib', 'state_and_log_agree']
/** @type {readonly Part[]} */
export const parts = [
  inRust(
    'kills',
    'kill -9 in Rust, windows and sessions included',
    10_000,
    'MILLPOND_KILLS',
    ['--test kill'],
    /kill -9: (\d+) cycles.*/,
  ),
  inNode('node-kills', 'kill -9, exit and throw in Node', 300, 'kill', {
    tally: 'kill -9 through Node',
    variable: 'MILLPOND_NODE_KILLS',
  }),
  inNode('flow-kills', 'kill -9 of a flow application', 300, 'kafkats', {
    tally: 'kill -9 of a flow application',
    variable: 'MILLPOND_KAFKATS_KILLS',
  }),
  inNode('checkpoint-kills', 'kill -9 of checkpoints and restores', 300, 'checkpoints', {
    tally: 'checkpoints',
    variable: 'MILLPOND_CHECKPOINT_KILLS',
    only: 'kill ends',
  }),
  inRust(
    'images',
    'images of a simulated disk, log',
    100_000,
    'MILLPOND_IMAGES',
    images,
    /simulated disk: (\d+) images.*/,
  ),
  inRust(
    'environment-images',
    'the same, with LMDB above',
    100_000,
    'MILLPOND_IMAGES',
    environments,
    /simulated disk under an environment: (\d+) images.*/,
  ),
  faults(),
  inNode('full', 'a full tmpfs, filled and freed', 60, 'full', {
    tally: 'a full tmpfs',
    variable: 'MILLPOND_FULL_ROUNDS',
    times: 20,
  }),
  inRust('flips', 'bit flips', 20_000, 'MILLPOND_FLIPS', ['--test flip'], /bit flips: (\d+) in.*/),
  inNode('threads', 'worker threads terminated in flight', 200, 'lifecycle', {
    tally: 'threads terminated',
    variable: 'MILLPOND_TERMINATIONS',
    only: 'terminated in flight',
  }),
  inNode('opens', 'opens and closes in one process', 10_000, 'lifecycle', {
    tally: 'opens and closes',
    variable: 'MILLPOND_OPENS',
    only: 'opened and closed',
  }),
  inNode('readers', 'merges under a reader', 1000, 'readers', {
    tally: 'merges under a reader',
    variable: 'MILLPOND_MERGES',
    only: 'sees whole commits',
  }),
  inNode('dead-reader', 'pages of a killed reader used again', 1, 'readers', {
    tally: 'a killed reader',
    only: 'was killed',
  }),
  tests('processes', 'exits, locks, dead holders', '__test__/integration/durable-processes.test.ts'),
  inNode('strace', 'awaited syncs, writes by thread', 12, 'strace', { tally: 'strace' }),
  inNode('tools', 'mdb_stat, mdb_dump, mdb_copy -c', 6, 'tools', { tally: 'stock tools' }),
  inNode('bad', 'directories refused and left as they were', 14, 'refused', { tally: 'bad directories' }),
  {
    name: 'memory',
    what: 'random histories of the memory engine',
    asked: seeds,
    async run() {
      const { code, output } = await run('cargo', [...cargoTest, '--test', 'model'], { MILLPOND_SEEDS: String(seeds) })
      return { done: code === 0 ? seeds : 0, failed: code !== 0, ...losses(code !== 0, output) }
    },
  },
  {
    name: 'durable',
    what: 'random histories of the durable engine',
    asked: Math.ceil(seeds / 4),
    async run(asked) {
      const { code, output } = await run('cargo', [...cargoTest, '--test', 'durable_model'], {
        MILLPOND_SEEDS: String(asked),
      })
      return { done: code === 0 ? asked : 0, failed: code !== 0, ...losses(code !== 0, output) }
    },
  },
  {
    name: 'windowed',
    what: 'random histories of windows and sessions',
    asked: Math.ceil(seeds / 8),
    async run(asked) {
      const { code, output } = await run('cargo', [...cargoTest, '--test', 'windowed'], {
        MILLPOND_SEEDS: String(asked),
      })
      return { done: code === 0 ? asked : 0, failed: code !== 0, ...losses(code !== 0, output) }
    },
  },
  {
    name: 'sanitizer',
    what: 'all Rust tests under AddressSanitizer',
    asked: 1,
    run: () => sanitized(['--tests'], { MILLPOND_SEEDS: String(Math.ceil(seeds / 10)), MILLPOND_KILLS: '500' }),
  },
  {
    name: 'fuzz',
    what: 'seconds of fuzzing, all targets',
    asked: Number(process.env.SECONDS_OF_FUZZING ?? 600),
    run: fuzzed,
  },
  planted('acknowledge-before-sync', 'kills'),
  planted('freeze-mid-batch', 'kills'),
  planted('delete-before-merge-sync', 'kills'),
  planted('skip-sync', 'images'),
  planted('append-to-old-segment', 'images'),
  planted('trust-page-cache', 'images'),
  planted('drop-last-of-batch', 'images'),
]

/** Every call that may fail, at every place that there is. @returns {Part} */
function faults() {
  return {
    name: 'faults',
    what: 'calls failing once, at every place',
    asked: 0,
    async run() {
      const { code, output } = await run('cargo', [...cargoTest, '--test', 'fault', '--', '--nocapture'], {
        MILLPOND_FAULTS: '1000000',
      })
      const told = /faults: .*/.exec(output)?.[0] ?? ''
      const [done, asked] = [/ (\d+) of \d+/g, / \d+ of (\d+)/g].map(number =>
        [...told.matchAll(number)].reduce((sum, [, places]) => sum + Number(places), 0),
      )
      const failed = code !== 0 || !asked
      const note = failed ? reason(output) : told
      return { done: done ?? 0, asked: asked ?? 0, failed, ...losses(failed, output), ...(note ? { note } : {}) }
    },
  }
}
