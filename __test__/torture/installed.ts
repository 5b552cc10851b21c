import { spawnSync } from 'node:child_process'

/** Undefined once a tool is there, installed from Debian's packages if need be; or else why it is not. */
export function missing(command: string, debianPackage: string): string | undefined {
  const isThere = () => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
  if (isThere()) return undefined
  if (process.getuid?.() === 0) {
    for (const line of ['apt-get update -qq', `apt-get install -y -qq ${debianPackage}`]) spawnSync('sh', ['-c', line])
  }
  return isThere() ? undefined : `there is no ${command}, and ${debianPackage} can't be installed`
}
