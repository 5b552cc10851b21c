import { keyOf } from '../keys.js'
import { single } from '../measure.js'
import { defineDiskWorkload } from '../workload.js'

/** From `import` of the package, in a process that has done nothing yet, until the first get is answered. */
export const open = defineDiskWorkload({
  values: 'text',
  state: 'shared',
  async measure(place) {
    const key = keyOf(1)
    const start = performance.now()
    await place.load()
    const loaded = performance.now()
    const store = await place.open()
    const opened = performance.now()
    const value = store.get ? store.get(key) : await store.getAwaited!(key)
    const end = performance.now()
    if (value?.length !== 1000) throw new Error('the state is not what was written')
    await store.close()
    const figures = {
      '': single((end - start) * 1e6),
      import: single((loaded - start) * 1e6),
      'the opening': single((opened - loaded) * 1e6),
      'the first get': single((end - opened) * 1e6),
    }
    return { figures }
  },
})
