import type { Handle } from '../native/binding.js'
import { CLOSED, READ_ONLY } from '../native/status.js'
import type { Budget } from './budget.js'
import type { CheckpointBase } from './checkpoint/moment.js'
import { Journal } from './journal.js'
import { Refusal } from './refusal.js'
import type { OpenScan } from './scan.js'
import { isStore, type Opened, PlainStore, type Store, type View } from './store.js'
import { Windowed } from './windowed/reader.js'
import { WindowedStore } from './windowed/store.js'

/** Stores that are written in transactions together, and share a limit. */
export class PortableProvider {
  readonly journal = new Journal()
  readonly stores = new Set<Handle>()
  readonly views = new Set<Handle>()
  /** The checkpoint that the next one may go on from; and one that is to be that, once it is kept. */
  base: CheckpointBase | undefined
  proposed: CheckpointBase | undefined

  constructor(readonly budget: Budget) {}
}

/** What is open by handle. Handles are counted: none is ever given out twice, and an old one finds nothing. */
export class OpenHandles {
  readonly providers = new Map<Handle, PortableProvider>()
  readonly stores = new Map<Handle, Opened>()
  readonly scans = new Map<Handle, OpenScan>()
  #next = 0

  add<T>(opened: Map<Handle, T>, object: T): Handle {
    const handle = this.#next++
    opened.set(handle, object)
    return handle
  }

  provider(handle: Handle): PortableProvider {
    return this.providers.get(handle) ?? closed()
  }

  /** A store or a view. */
  opened(handle: Handle): Opened {
    return this.stores.get(handle) ?? closed()
  }

  store(handle: Handle): Store {
    const opened = this.opened(handle)
    return isStore(opened) ? opened : readOnly()
  }

  plain(handle: Handle): PlainStore {
    const opened = this.opened(handle)
    return opened instanceof PlainStore ? opened : readOnly()
  }

  windowed(handle: Handle): Windowed {
    const opened = this.opened(handle)
    return opened instanceof Windowed ? opened : closed()
  }

  windowedStore(handle: Handle): WindowedStore {
    const opened = this.opened(handle)
    return opened instanceof WindowedStore ? opened : readOnly()
  }

  /** Closes a view, if it is open. */
  closeView(handle: Handle): void {
    const view = this.stores.get(handle) as View | undefined
    this.stores.delete(handle)
    view?.close()
  }

  closeScan(handle: Handle): void {
    const scan = this.scans.get(handle)
    this.scans.delete(handle)
    scan?.view.close()
  }
}

function closed(): never {
  throw new Refusal(CLOSED)
}

function readOnly(): never {
  throw new Refusal(READ_ONLY)
}
