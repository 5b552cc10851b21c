import { createRequire } from 'node:module'
import { type PeerName, peerNames, peerVersion } from './peers.js'

/** Of a package, ours or a peer's; of Node itself where there is none. */
export function packageVersion(name: string | undefined): string {
  if (name === undefined) return process.version
  if (peerNames.includes(name as PeerName)) return peerVersion(name as PeerName)
  return createRequire(import.meta.url)(`${name}/package.json`).version
}
