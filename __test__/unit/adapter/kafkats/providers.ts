import { afterEach } from 'vitest'
import type {
  FlowLmdbOptions,
  FlowLmdbProvider,
  FlowStateStoreProvider,
} from '../../../../src/adapter/kafkats/index.js'
import { flowLmdb, flowMemory } from '../../../../src/adapter/kafkats/index.js'
import { temporaryDirectory } from '../../../engines.js'

const opened: FlowStateStoreProvider[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map(provider => provider.close()))
})

const kept = <P extends FlowStateStoreProvider>(provider: P): P => {
  opened.push(provider)
  return provider
}

/** Opens a directory, to be closed when the test is over. */
export const open = (options: Partial<FlowLmdbOptions> = {}): FlowLmdbProvider =>
  kept(flowLmdb({ stateDir: temporaryDirectory(), ...options }))

/** Every kind of provider, by what it is called. */
export const providers: Readonly<Record<string, () => FlowStateStoreProvider>> = {
  flowMemory: () => kept(flowMemory()),
  'flowLmdb at least once': () => open(),
  'flowLmdb exactly once': () => open({ processingGuarantee: 'exactly_once' }),
}
