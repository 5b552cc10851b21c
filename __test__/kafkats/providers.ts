import { inMemory, type StateStoreProvider } from '@kafkats/flow'
import { peer } from '../../bench/peers.js'
import { flowLmdb, flowMemory } from '../../src/adapter/kafkats/index.js'
import { temporaryDirectory } from '../engines.js'

const openPeer = (stateDir: string): StateStoreProvider =>
  peer<{ lmdb(options: { stateDir: string }): StateStoreProvider }>('@kafkats/flow-state-lmdb').lmdb({ stateDir })

/** Opens an empty provider, or one of a directory that is kept. */
export type Open = (stateDir?: string) => StateStoreProvider

/** Ours. */
export const ours = {
  flowMemory: () => flowMemory(),
  flowLmdb: (stateDir = temporaryDirectory()) => flowLmdb({ stateDir }),
  'flowLmdb, exactly once': (stateDir = temporaryDirectory()) =>
    flowLmdb({ stateDir, processingGuarantee: 'exactly_once' }),
} as const satisfies Record<string, Open>

/** The published ones. */
export const peers = {
  'in-memory': () => inMemory(),
  lmdb: (stateDir = temporaryDirectory()) => openPeer(stateDir),
} as const satisfies Record<string, Open>
