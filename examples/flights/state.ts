import { f64, type StateStoreProvider, string, struct, tuple, u32 } from 'millpond'
import { type Count, countInPlace, type Stores } from './count.js'
import type { Batch } from './source.js'
import type { Row } from './tally.js'

/** What the job needs of the place where it keeps its state. */
export interface FlightState {
  readonly engine: string
  apply(batch: Batch): void
  airports(): Iterable<Row>
  routes(): Iterable<Row>
  /** null where nothing is kept outside the JavaScript heap. */
  nativeBytes(): number | null
}

const tally = struct({ flights: u32(), delayed: u32(), delaySum: f64(), delayMax: f64(), distance: f64() })

export function openStores(provider: StateStoreProvider): Stores {
  return {
    airports: provider.createKeyValueStore('airports', { keyCodec: string(), valueCodec: tally }),
    routes: provider.createKeyValueStore('routes', { keyCodec: tuple(string(), string()), valueCodec: tally }),
  }
}

/** The flights of each airport and each route, in two stores of `provider`. */
export function openState(provider: StateStoreProvider, count: Count = countInPlace): FlightState {
  return stateOf(openStores(provider), provider, count)
}

/** The state that lies in `stores`, which are of `provider`. */
export function stateOf(stores: Stores, provider: StateStoreProvider, count: Count = countInPlace): FlightState {
  return {
    engine: 'millpond',
    apply({ origin, destination, delay, distance }) {
      for (let i = 0; i < origin.length; i++) count(stores, origin[i]!, destination[i]!, delay[i]!, distance[i]!)
    },
    *airports() {
      for (const { key, value } of stores.airports.all()) yield { name: key, ...value }
    },
    *routes() {
      for (const { key, value } of stores.routes.all()) yield { name: key.join('-'), ...value }
    },
    nativeBytes: () => provider.stats().nativeBytes,
  }
}
