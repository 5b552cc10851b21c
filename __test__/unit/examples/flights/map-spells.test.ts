import { memory, string, u32 } from 'millpond'
import { describe, expect, it } from 'vitest'
import { MapSpells } from '../../../../examples/flights/map-spells.js'
import { MINUTE, spells } from '../../../../examples/flights/windows.js'

/** Numbers that look random and are the same each time. */
function* numbers(seed: number) {
  for (;;) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    yield seed >>> 8
  }
}

describe('the spells in Maps', () => {
  it.each([1, 2, 3])('are those of a session store, seed %i', async seed => {
    await using provider = memory()
    const store = provider.createSessionStore('spells', { keyCodec: string(), valueCodec: u32() })
    const inMap = new MapSpells()
    const random = numbers(seed)
    const next = (below: number) => random.next().value! % below
    for (let i = 0; i < 500; i++) {
      const airport = next(2) === 0 ? 'JFK' : 'LAX'
      const time = next(3000) * 10 * MINUTE
      inMap.merge(airport, time, 20)
      store.mergeSync(airport, time, spells.gap, near => near.reduce((sum, { value }) => sum + value, 1))
    }
    const half = 15_000 * MINUTE
    const taken = [...inMap.takeBefore(half)]
    expect(taken.length).toBeGreaterThan(10)
    expect(taken.every(({ end }) => end < half)).toBe(true)
    const rows = [...taken, ...inMap.takeBefore(Infinity)].map(row => [row.airport, row.start, row.end, row.flights])
    const expected = store
      .all()
      .toArray()
      .map(row => [row.key, row.sessionStart, row.sessionEnd, row.value])
    expect(rows.toSorted()).toEqual(expected.toSorted())
    expect([...inMap.takeBefore(Infinity)]).toEqual([])
  })
})
