import { onTestFinished } from 'vitest'
import { type LmdbOptions, type LmdbProvider, lmdb, string, u32 } from '../../../../src/index.js'
import { temporaryDirectory } from '../../../engines.js'

export const counts = { keyCodec: string(), valueCodec: u32() }

/** A directory that can be opened again and again; what is open when the test is over is closed. */
export function directory(defaults: Partial<LmdbOptions> = {}) {
  const stateDir = temporaryDirectory()
  const opened: LmdbProvider[] = []
  onTestFinished(async () => {
    for (const one of opened) await one.close()
  })
  const open = (options: Partial<LmdbOptions> = {}) => {
    const one = lmdb({ stateDir, ...defaults, ...options })
    opened.push(one)
    return one
  }
  return { stateDir, open }
}
