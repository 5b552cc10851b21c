import type { Binding, Handle, WindowedDefinition } from '../native/binding.js'
import { CLOSED } from '../native/status.js'
import { Budget } from './budget.js'
import { type OpenHandles, PortableProvider } from './opened.js'
import { statusOf } from './refusal.js'
import { isStore, PlainStore, type Store } from './store.js'
import { WindowedStore } from './windowed/store.js'

/** What is called seldom: as crates/millpond-node/src/open.rs. */
export function bindingOf(open: OpenHandles): Binding {
  const addStore = (provider: Handle, make: (of: PortableProvider) => Store) => {
    const of = open.provider(provider)
    const handle = open.add(open.stores, make(of))
    of.stores.add(handle)
    return handle
  }
  return {
    openProvider: maxBytes => open.add(open.providers, new PortableProvider(new Budget(maxBytes ?? Infinity))),
    openStore: statusOf((provider: Handle) =>
      addStore(provider, ({ budget, journal }) => new PlainStore(budget, journal)),
    ),
    openWindowedStore: statusOf((provider: Handle, definition: WindowedDefinition) =>
      addStore(provider, ({ budget, journal }) => new WindowedStore(definition, budget, journal)),
    ),
    closeProvider: provider => closeProvider(open, provider),
    openSnapshot: statusOf((provider: Handle, store: Handle) => {
      const handle = open.add(open.stores, open.opened(store).view())
      open.providers.get(provider)?.views.add(handle)
      return handle
    }),
    closeSnapshot(provider, snapshot) {
      open.closeView(snapshot)
      open.providers.get(provider)?.views.delete(snapshot)
    },
    restore: statusOf((store: Handle, snapshot: Handle) => {
      open.store(store).restore(open.opened(snapshot))
      return 0
    }),
    clear: statusOf((store: Handle) => {
      open.store(store).clear()
      return 0
    }),
    setBlank(store, blank) {
      const opened = open.stores.get(store)
      if (opened && isStore(opened)) opened.blank = Uint8Array.from(blank)
    },
    savepoint: statusOf((provider: Handle) => {
      open.provider(provider).journal.mark()
      return 0
    }),
    endSavepoint: statusOf((provider: Handle, keep: boolean) => {
      return open.provider(provider).journal.end(keep) ? 0 : CLOSED
    }),
    contents: statusOf((handle: Handle) => {
      const { rows, usedBytes, timestamp } = open.opened(handle)
      return { entries: rows.count, sizeBytes: rows.sizeBytes, nativeBytes: usedBytes, timestamp }
    }),
  }
}

/** Closes a provider with its stores, views and scans. Closing twice is fine. */
function closeProvider(open: OpenHandles, handle: Handle): void {
  const provider = open.providers.get(handle)
  if (!provider) return
  open.providers.delete(handle)
  const { stores, views } = provider
  for (const [scan, { store }] of open.scans) if (stores.has(store) || views.has(store)) open.closeScan(scan)
  for (const view of views) open.closeView(view)
  for (const store of stores) open.stores.delete(store)
}
