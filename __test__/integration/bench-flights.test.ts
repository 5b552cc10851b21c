import { describe, expect, it } from 'vitest'
import { kafkats } from '../../bench/flights/kafkats.js'
import { lmdbJs } from '../../bench/flights/lmdb-js.js'
import { map } from '../../bench/flights/map.js'
import { millpondLmdb } from '../../bench/flights/millpond.js'
import { sortedBTree } from '../../bench/flights/sorted-btree.js'
import type { Contents, State } from '../../bench/flights/state.js'
import { type Batch, openFlights } from '../../examples/flights/source.js'
import { temporaryDirectory } from '../engines.js'

const FLIGHTS = 60_000

/** Every so many of the flights, in batches that close hours and spells between them. */
async function* everyNth(step: number): AsyncGenerator<Batch> {
  const flights = await openFlights({ limit: FLIGHTS, batchRows: 20_000 })
  for await (const { firstRow, nextRow, ...columns } of flights.batches()) {
    const isTaken = (_: unknown, i: number) => i % step === 0
    const numbers = (column: Float64Array) => column.filter(isTaken)
    const texts = (column: readonly string[]) => column.filter(isTaken)
    const { scheduled, delay, distance, origin, destination } = columns
    yield {
      firstRow,
      nextRow,
      scheduled: numbers(scheduled),
      delay: numbers(delay),
      distance: numbers(distance),
      origin: texts(origin),
      destination: texts(destination),
    }
  }
}

async function contentsAfter(state: State, step: number): Promise<Contents> {
  for await (const batch of everyNth(step)) {
    await state.apply(batch)
    await state.commit(batch.nextRow)
  }
  await state.end()
  await state.commit(FLIGHTS)
  await state.settle()
  const contents = await state.contents()
  await state.close()
  return inOrder(contents)
}

/** Engines have orders of their own. */
function inOrder({ airports, routes, rhythm, states, ...ranked }: Contents): Contents {
  const sorted = <R>(rows: readonly R[], nameOf: (row: R) => string) =>
    rows.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  return {
    airports: sorted(airports, row => row.name),
    routes: sorted(routes, row => row.name),
    rhythm: sorted(rhythm, row => `${row.airport} ${row.hour}`),
    states: sorted(states, row => row.name),
    ...ranked,
  }
}

describe('the main job of the bench', () => {
  it.each<[string, number, (directory: string) => State | Promise<State>]>([
    ['millpond lmdb()', 1, millpondLmdb],
    ['sorted-btree', 1, sortedBTree],
    ['lmdb-js', 1, lmdbJs],
    // Each of its puts is awaited.
    ['kafkats lmdb', 200, kafkats],
  ])('is the same one on %s as on Maps', async (_, step, open) => {
    const expected = await contentsAfter(map(), step)
    expect(expected.states.length).toBeGreaterThan(10)
    expect(expected.rhythm.length).toBeGreaterThan(100)
    expect(await contentsAfter(await open(temporaryDirectory()), step)).toEqual(expected)
  })
})
