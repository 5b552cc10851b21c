import type { Handle } from '../native/binding.js'
import type { Definition } from './definition.js'
import type { Expiring } from './expiring.js'
import type { Codecs } from './reader.js'
import { SessionReader } from './session-read.js'
import { Held, type StoreSnapshot } from './snapshot.js'
import type { Views } from './views.js'
import { WindowReader } from './window-read.js'
import type { ReadonlySessionStore, ReadonlyWindowStore } from './windowed-types.js'

/** A store of windows at one moment. */
export class WindowSnapshot<K, V> extends WindowReader<K, V> implements StoreSnapshot, ReadonlyWindowStore<K, V> {
  readonly #held: Held

  constructor(
    name: string,
    handle: Handle,
    codecs: Codecs<K, V>,
    readonly definition: Definition,
    views: Views,
    expiring: Expiring,
  ) {
    super(name, handle, codecs, views, expiring.view(views), definition.windowSize!)
    this.#held = new Held(this)
  }

  get timestamp(): number {
    return this.#held.timestamp
  }

  get entries(): number {
    return this.#held.contents.entries
  }

  get sizeBytes(): number {
    return this.#held.contents.sizeBytes
  }

  [Symbol.dispose](): void {
    this.#held.dispose()
  }
}

/** A store of sessions at one moment. */
export class SessionSnapshot<K, V> extends SessionReader<K, V> implements StoreSnapshot, ReadonlySessionStore<K, V> {
  readonly #held: Held

  constructor(
    name: string,
    handle: Handle,
    codecs: Codecs<K, V>,
    readonly definition: Definition,
    views: Views,
    expiring: Expiring,
  ) {
    super(name, handle, codecs, views, expiring.view(views))
    this.#held = new Held(this)
  }

  get timestamp(): number {
    return this.#held.timestamp
  }

  get entries(): number {
    return this.#held.contents.entries
  }

  get sizeBytes(): number {
    return this.#held.contents.sizeBytes
  }

  [Symbol.dispose](): void {
    this.#held.dispose()
  }
}
