// Where the native binary of this platform stands: the build writes it there and src/native/load.ts reads it.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** As napi-rs names its targets: linux-x64-gnu, linux-arm64-musl, darwin-arm64, win32-x64 … */
export function platformName() {
  const { platform, arch } = process
  if (platform !== 'linux') return `${platform}-${arch}`
  const glibc = /** @type {any} */ (process.report.getReport()).header.glibcVersionRuntime
  return `${platform}-${arch}-${glibc ? 'gnu' : 'musl'}`
}

export const binaryPath = join(root, 'prebuilds', platformName(), 'millpond.node')
