import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MillpondError } from '../error.js'
import type { NativeBinding } from './binding.js'

/** As in scripts/platform.mjs, which the build uses. */
function platformName(): string {
  const { platform, arch } = process
  return platform === 'linux' ? `${platform}-${arch}-${isMusl() ? 'musl' : 'gnu'}` : `${platform}-${arch}`
}

/** By the loader that Node's binary names at its beginning; failing that by the report, which takes 6 ms. */
function isMusl(): boolean {
  try {
    return beginning(process.execPath, 4096).includes('/ld-musl-')
  } catch {
    const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
    return !report.header?.glibcVersionRuntime
  }
}

function beginning(path: string, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  const file = openSync(path, 'r')
  try {
    readSync(file, bytes)
  } finally {
    closeSync(file)
  }
  return bytes
}

/**
 * Loads the native addon of this platform.
 *
 * @throws {MillpondError} ERR_MILLPOND_NO_BINARY
 */
export function load(): NativeBinding {
  const url = new URL(`../../prebuilds/${platformName()}/millpond.node`, import.meta.url)
  const path = fileURLToPath(url)
  if (!existsSync(path)) throw noBinary('no native binary')
  // Each copy of this library has its own exports, and with them its own buffer and handles; `require` would give all copies
  // in a thread the first one's, and takes a millisecond longer. napi-rs knows one environment a thread: native code must not
  // keep its Buffer, Uint8Array or FunctionRef past a call.
  const module = { exports: {} as NativeBinding }
  try {
    process.dlopen(module, path)
  } catch (cause) {
    // One for an older system or another C library.
    throw noBinary('a native binary that could not be loaded', cause)
  }
  return module.exports
}

function noBinary(has: string, cause?: unknown): MillpondError {
  const message =
    `millpond has ${has} for ${platformName()}: directories need one, and npm run build makes it in a clone; ` +
    "memory() does without, as memory({ engine: 'portable' })"
  return new MillpondError('ERR_MILLPOND_NO_BINARY', message, cause === undefined ? {} : { cause })
}
