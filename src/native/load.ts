import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { MillpondError } from '../error.js'
import type { Binding } from './binding.js'

/** As in scripts/platform.mjs, which the build uses. */
function platformName(): string {
  const { platform, arch } = process
  if (platform !== 'linux') return `${platform}-${arch}`
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return `${platform}-${arch}-${report.header?.glibcVersionRuntime ? 'gnu' : 'musl'}`
}

/** Loads the native addon of this platform. */
export function load(): Binding {
  const url = new URL(`../../prebuilds/${platformName()}/millpond.node`, import.meta.url)
  const path = fileURLToPath(url)
  if (!existsSync(path)) {
    const message = `millpond has no native binary for ${platformName()}; in a clone, npm run build makes one`
    throw new MillpondError('ERR_MILLPOND_NO_BINARY', message)
  }
  return createRequire(import.meta.url)(path)
}
