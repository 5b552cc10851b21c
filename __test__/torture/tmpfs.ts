import { spawnSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { temporaryDirectory } from '../engines.js'

/** A file system in memory of so many MiB, gone when the test is over; or why there can't be one. */
export function tmpfs(mib: number): { path: string; refused?: undefined } | { path?: undefined; refused: string } {
  const path = temporaryDirectory()
  const { status, error, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', path], {
    encoding: 'utf8',
  })
  if (status !== 0) return { refused: `no tmpfs can be mounted: ${error?.message ?? stderr.trim()}` }
  onTestFinished(() => void spawnSync('umount', ['--lazy', path]))
  return { path }
}
