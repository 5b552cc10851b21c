import type { Handle } from '../native/binding.js'
import type { Definition } from './definition.js'
import type { Expiring } from './expiring.js'
import { SessionReader } from './session-read.js'
import { Held, type StoreSnapshot } from './snapshot.js'
import type { Views } from './views.js'
import { WindowReader } from './window-read.js'
import type { WindowedCodecs } from './windowed-read.js'
import type { ReadonlySessionStore, ReadonlyWindowStore } from './windowed-types.js'

/** A store of windows at one moment. */
export class WindowSnapshot<K, V> extends WindowReader<K, V> implements StoreSnapshot, ReadonlyWindowStore<K, V> {
  readonly ttl: number
  readonly #held: Held

  constructor(
    name: string,
    handle: Handle,
    codecs: WindowedCodecs<K, V>,
    readonly definition: Definition,
    views: Views,
    expiring: Expiring,
  ) {
    super(name, handle, codecs, views, expiring.view(views), definition.windowSize!)
    this.ttl = codecs.ttl ?? Infinity
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
  readonly ttl: number
  readonly #held: Held

  constructor(
    name: string,
    handle: Handle,
    codecs: WindowedCodecs<K, V>,
    readonly definition: Definition,
    views: Views,
    expiring: Expiring,
  ) {
    super(name, handle, codecs, views, expiring.view(views))
    this.ttl = codecs.ttl ?? Infinity
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
