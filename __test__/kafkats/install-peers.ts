import { installPeers } from '../../bench/peers.js'

/** Once a run, before all tests. Where it fails, as without a network, those that need a peer fail and say so. */
export default function install(): void {
  const missing = installPeers(['@kafkats/flow-state-lmdb'], what => console.log(what))
  for (const { name, reason } of missing) console.log(`${name} can't be installed: ${reason}`)
}
