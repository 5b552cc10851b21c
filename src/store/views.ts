import type { Checkpoints } from '../checkpoint/engine.js'
import type { Border, Handle } from '../native/binding.js'
import { failure } from '../native/status.js'

/** What makes files of views. */
export type Files = Pick<Checkpoints, 'bytesOf'>

/** The views of earlier moments that a provider's users hold: snapshots, and iterations that a snapshot keeps going. */
export class Views {
  #closed = false
  /** When each open scan began. */
  readonly #scans = new Map<Handle, number>()
  readonly #snapshots = new Set<Handle>()
  readonly #forgottenScans = new FinalizationRegistry<Handle>(scan => this.closeScan(scan))
  readonly #forgottenSnapshots = new FinalizationRegistry<Handle>(snapshot => this.#closeSnapshot(snapshot))

  /**
   * @param border what the engine is called by
   * @param owner whose memory the views are in: not collected as long as one of them is in use
   * @param files what makes files of them
   */
  constructor(
    readonly border: Border,
    private readonly provider: Handle,
    readonly owner: object,
    readonly files: Files,
  ) {}

  get closed(): boolean {
    return this.#closed
  }

  openScan(iterator: object, scan: Handle): void {
    this.#scans.set(scan, performance.now())
    this.#forgottenScans.register(iterator, scan, iterator)
  }

  closeScan(scan: Handle, iterator?: object): void {
    if (iterator) this.#forgottenScans.unregister(iterator)
    if (this.#scans.delete(scan)) this.border.hot.scanClose(scan)
  }

  /** Takes a snapshot of a store or a snapshot. It closes with the provider, if not before. */
  openSnapshot(store: Handle, name: string): Handle {
    const snapshot = this.border.binding.openSnapshot(this.provider, store)
    if (snapshot < 0) throw failure(snapshot, { store: name })
    this.#snapshots.add(snapshot)
    return snapshot
  }

  /** Has a snapshot closed once its object was collected. */
  watchSnapshot(object: object, snapshot: Handle): void {
    this.#forgottenSnapshots.register(object, snapshot, object)
  }

  closeSnapshot(object: object, snapshot: Handle): void {
    this.#forgottenSnapshots.unregister(object)
    this.#closeSnapshot(snapshot)
  }

  #closeSnapshot(snapshot: Handle): void {
    if (this.#snapshots.delete(snapshot)) this.border.binding.closeSnapshot(this.provider, snapshot)
  }

  /** The provider closes: so do all views. */
  closeAll(): void {
    this.#closed = true
    for (const scan of this.#scans.keys()) this.closeScan(scan)
    for (const snapshot of this.#snapshots) this.#closeSnapshot(snapshot)
  }

  get openScans(): number {
    return this.#scans.size
  }

  /** How long ago the oldest open scan began, in milliseconds; 0 without any. */
  get oldestScanMs(): number {
    const [oldest] = this.#scans.values()
    return oldest === undefined ? 0 : performance.now() - oldest
  }
}
