import { createRequire } from 'node:module'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { describe, expect, it } from 'vitest'
import { type Batch, openFlights } from '../../../../examples/flights/source.js'

async function read(options: { limit: number; batchRows?: number }) {
  const flights = await openFlights(options)
  const batches: Batch[] = []
  for await (const batch of flights.batches()) batches.push(batch)
  return { rows: flights.rows, batches }
}

describe('the flights source', () => {
  it('stops at the limit, in batches that follow one another', async () => {
    const { rows, batches } = await read({ limit: 2500, batchRows: 1000 })
    expect(rows).toBe(2500)
    expect(batches.map(batch => batch.firstRow)).toEqual([0, 1000, 2000])
    expect(batches.map(batch => batch.nextRow)).toEqual([1000, 2000, 2500])
    for (const { firstRow, nextRow, ...columns } of batches) {
      for (const cells of Object.values(columns)) expect(cells).toHaveLength(nextRow - firstRow)
    }
  })

  it('goes on across the border of a row group with the rows of the file', async () => {
    const border = 272_727
    const { batches } = await read({ limit: border + 1500 })
    const last = batches.at(-1)!
    const before = batches.at(-2)!
    expect([before.nextRow, last.firstRow, last.nextRow]).toEqual([border, border, border + 1500])
    const path = createRequire(import.meta.url)
      .resolve('vega-datasets')
      .replace(/build.*/, 'data/flights-3m.parquet')
    const file = await asyncBufferFromFile(path)
    const rows = await parquetReadObjects({ file, compressors, rowStart: border - 3, rowEnd: border + 3 })
    const seen = [before, last].flatMap(batch =>
      batch.origin.map((origin, i) => ({
        row: batch.firstRow + i,
        date: new Date(batch.scheduled[i]!),
        origin,
        destination: batch.destination[i],
        delay: batch.delay[i],
        distance: batch.distance[i],
      })),
    )
    expect(seen.filter(({ row }) => row >= border - 3 && row < border + 3)).toEqual(
      rows.map(({ date, origin, destination, delay, distance }, i) => ({
        row: border - 3 + i,
        date,
        origin,
        destination,
        delay: Number(delay),
        distance: Number(distance),
      })),
    )
  })

  it('reads on from a row, in batches that end where they would have', async () => {
    const flights = await openFlights({ limit: 2500, batchRows: 1000 })
    const batches: Batch[] = []
    for await (const batch of flights.batches(1500)) batches.push(batch)
    expect(batches.map(({ firstRow, nextRow }) => [firstRow, nextRow])).toEqual([
      [1500, 2000],
      [2000, 2500],
    ])
    const { batches: all } = await read({ limit: 2500, batchRows: 1000 })
    expect(batches[0]!.origin).toEqual(all[1]!.origin.slice(500))
    expect(batches[0]!.delay).toEqual(all[1]!.delay.slice(500))
    for await (const batch of flights.batches(2500)) expect.fail(`nothing is left, and row ${batch.firstRow} came`)
  })

  it.each([0, 1, 1500, 2500])('gives the numbers of the %i rows before a position', async toRow => {
    const flights = await openFlights({ limit: 2500 })
    const { batches } = await read({ limit: 2500 })
    const delays: number[] = []
    for await (const { delay, distance } of flights.measures(toRow)) {
      expect(distance).toHaveLength(delay.length)
      delays.push(...delay)
    }
    expect(delays).toEqual([...batches[0]!.delay.subarray(0, toRow)])
  })

  it('has its departures in the order in which they were to leave, to the minute', async () => {
    const { batches } = await read({ limit: 300_000 })
    const times = batches.flatMap(batch => Array.from(batch.scheduled))
    expect(times.every((time, i) => time % 60_000 === 0 && (i === 0 || time >= times[i - 1]!))).toBe(true)
    expect(new Date(times[0]!).toISOString()).toBe('2001-01-01T00:01:00.000Z')
  })

  it('has one hash, whatever the limit', async () => {
    const hashes = await Promise.all(
      [openFlights({ limit: 1 }), openFlights()].map(async flights => (await flights).hash()),
    )
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/)
    expect(hashes[1]).toBe(hashes[0])
  })

  it('has three million rows, and no more when asked for more', async () => {
    expect((await openFlights()).rows).toBe(3_000_000)
    expect((await openFlights({ limit: 5_000_000 })).rows).toBe(3_000_000)
  })
})
