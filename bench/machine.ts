import { execFileSync } from 'node:child_process'
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os'

/** Where a run took place. */
export interface Machine {
  /** Short, for file names, and without the host's name: `linux-x64-2cpu`. */
  readonly name: string
  readonly cpu: string
  readonly cpus: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  readonly v8: string
  /** What was measured, with a `+` where the checkout had changes; null outside a repository. */
  readonly commit: string | null
}

export function thisMachine(): Machine {
  const count = availableParallelism()
  return {
    name: `${platform()}-${arch()}-${count}cpu`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: count,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.versions.node,
    v8: process.versions.v8,
    commit: commit(),
  }
}

function commit(): string | null {
  const git = (...args: string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') ? '+' : '')
  } catch {
    return null
  }
}
