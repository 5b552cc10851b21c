// The packages of bench/peers, which are in no lock file but their own: installed here when they are missing, without
// install scripts. None of their types are at hand, so each driver says what it uses.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

// By the name of our own package: this runs in out/bench, and the tests import the source.
const ROOT = dirname(createRequire(import.meta.url).resolve('millpond/package.json'))
const PEERS = join(ROOT, 'bench', 'peers')
const require = createRequire(join(PEERS, 'package.json'))

export const peerNames = [
  '@kafkats/flow',
  '@kafkats/flow-state-lmdb',
  'better-sqlite3',
  'classic-level',
  'lmdb',
] as const
export type PeerName = (typeof peerNames)[number]

/** Loads what a peer exports. */
export const peer = <T>(name: PeerName): T => require(name)

const folder = (name: PeerName) => join(PEERS, 'node_modules', name)

/** Read from its file: not every package exports its package.json. */
export const peerVersion = (name: PeerName): string =>
  JSON.parse(readFileSync(join(folder(name), 'package.json'), 'utf8')).version

/** Why a peer can't be had. */
export interface Missing {
  readonly name: PeerName
  readonly reason: string
}

/** Makes peers ready; returns those that can't be. What is there already costs nothing. */
export function installPeers(names: readonly PeerName[], tell: (what: string) => void): Missing[] {
  const failure = attempt(() => {
    if (!isInstalled()) install(tell)
  })
  if (failure !== undefined) return names.map(name => ({ name, reason: failure }))
  return names.flatMap(name => {
    const reason = attempt(() => builds[name]?.(tell))
    return reason === undefined ? [] : [{ name, reason }]
  })
}

/** What went wrong, in a line. */
function attempt(work: () => void): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: Buffer }
    const said =
      stderr
        ?.toString()
        .match(/.*\berror\b.*/gi)
        ?.slice(0, 2) ?? []
    return [message.split('\n', 1)[0], ...said].join('; ')
  }
}

function isInstalled(): boolean {
  // npm writes it last.
  const done = join(PEERS, 'node_modules', '.package-lock.json')
  return existsSync(done) && statSync(done).mtimeMs >= statSync(join(PEERS, 'package-lock.json')).mtimeMs
}

function install(tell: (what: string) => void): void {
  tell('installing the peers')
  const options = { cwd: PEERS, stdio: 'pipe', shell: process.platform === 'win32' } as const
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], options)
}

/** Those that bring no binary. */
const builds: { readonly [name in PeerName]?: (tell: (what: string) => void) => void } = {
  'better-sqlite3'(tell) {
    const cwd = folder('better-sqlite3')
    if (existsSync(join(cwd, 'build', 'Release', 'better_sqlite3.node'))) return
    tell('building better-sqlite3, which takes minutes')
    const gyp = createRequire(join(ROOT, 'package.json')).resolve('node-gyp/bin/node-gyp.js')
    execFileSync(process.execPath, [gyp, 'rebuild', '--release', '--silent', ...headers()], { cwd, stdio: 'pipe' })
  },
}

/** The headers beside the running Node, so that node-gyp need not fetch any. */
function headers(): string[] {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : []
}
