import { lmdb, memory } from 'millpond'
import { openState } from '../../examples/flights/state.js'
import { benchStateOf, type State } from './state.js'

export function millpondMemory(): State {
  const provider = memory()
  return benchStateOf(openState(provider), { close: () => provider.close() })
}

/** As the main job does it: one commit is on its way to the disk while the next flights are counted. */
export function millpondLmdb(stateDir: string): State {
  const provider = lmdb({ stateDir, commits: 'manual' })
  let durable = Promise.resolve()
  return benchStateOf(openState(provider), {
    async commit(nextRow) {
      await durable
      durable = provider.commit({ offsets: { flights: nextRow } })
    },
    settle: () => durable,
    close: () => provider.close(),
  })
}
