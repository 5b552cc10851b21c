import type { Driver, Store, ValueKind, Values } from '../driver.js'

/** The floor: no order, no snapshot, nothing outside the heap. */
export const map: Driver = {
  open<K extends ValueKind>(): Store<Values[K]> {
    const entries = new Map<string, Values[K]>()
    return {
      get: key => entries.get(key),
      put(key, value) {
        entries.set(key, value)
      },
      getMany: keys => keys.map(key => entries.get(key)),
      update(key, change) {
        entries.set(key, change(entries.get(key)))
      },
      add(key, delta) {
        entries.set(key, (((entries.get(key) as number | undefined) ?? 0) + delta) as Values[K])
      },
      close() {},
    }
  },
}
