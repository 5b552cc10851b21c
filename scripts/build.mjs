// Builds the native addon through node-gyp and binding.gyp, and the TypeScript through tsc and bundle.mjs.
//   build.mjs             everything
//   build.mjs native      the addon alone; --debug for a debug build
//   build.mjs ts          the TypeScript alone
//   build.mjs --missing   what is missing or older than its sources
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundle } from './bundle.mjs'
import { binaryPath, root } from './platform.mjs'

const args = process.argv.slice(2)
const onlyMissing = args.includes('--missing')
/** @param {string} part */
const wanted = part => args.includes(part) || !(args.includes('native') || args.includes('ts'))

/**
 * The time of the newest file below some paths.
 * @param {string[]} paths
 */
function newest(...paths) {
  let time = 0
  for (const path of paths.map(path => join(root, path)).filter(existsSync)) {
    const stat = statSync(path)
    const below = stat.isDirectory() ? readdirSync(path, { recursive: true, withFileTypes: true }) : []
    const files = below.filter(entry => entry.isFile()).map(entry => statSync(join(entry.parentPath, entry.name)))
    for (const file of stat.isDirectory() ? files : [stat]) time = Math.max(time, file.mtimeMs)
  }
  return time
}

/** @type {(target: string, ...sources: string[]) => boolean} */
const olderThan = (target, ...sources) => !existsSync(target) || statSync(target).mtimeMs < newest(...sources)

/** @param {string} name @param {() => void | Promise<void>} build */
async function run(name, build) {
  const start = performance.now()
  await build()
  process.stderr.write(`built ${name} in ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
}

/** The headers beside the running Node, so that node-gyp need not fetch any. */
function nodeDir() {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : []
}

function buildNative() {
  const gyp = join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js')
  const mode = args.includes('--debug') ? ['--debug'] : ['--release']
  // With a newer npm, `nodedir` in its configuration reaches us as a variable that node-gyp obeys too.
  execFileSync(process.execPath, [gyp, 'rebuild', '--silent', ...mode, ...nodeDir()], { cwd: root, stdio: 'inherit' })
}

async function buildTypeScript() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  for (const output of ['dist', 'out']) rmSync(join(root, output), { recursive: true, force: true })
  for (const project of ['tsconfig.json', 'tsconfig.tools.json']) {
    execFileSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' })
  }
  await bundle(join(root, 'dist'))
}

const nativeSources = ['crates', 'Cargo.toml', 'Cargo.lock', 'binding.gyp', 'scripts/cargo.mjs']
if (wanted('native') && (!onlyMissing || olderThan(binaryPath, ...nativeSources)))
  await run('the native addon', buildNative)

const stale = olderThan(join(root, 'dist', 'index.js'), 'src', 'tsconfig.json', 'scripts/bundle.mjs')
const staleTools = olderThan(join(root, 'out', 'bench', 'main.js'), 'examples', 'bench', 'tsconfig.tools.json')
if (wanted('ts') && (!onlyMissing || stale || staleTools)) await run('the TypeScript', buildTypeScript)
