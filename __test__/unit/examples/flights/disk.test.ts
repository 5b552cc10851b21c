import { describe, expect, it } from 'vitest'
import type { Place } from '../../../../examples/flights/args.js'
import { openOnDisk } from '../../../../examples/flights/disk.js'
import type { Flights } from '../../../../examples/flights/source.js'
import type { Row } from '../../../../examples/flights/tally.js'
import { temporaryDirectory } from '../../../engines.js'
import { batchOf } from './departures.js'

const anywhere = (): Extract<Place, { kind: 'disk' }> => ({
  kind: 'disk',
  stateDir: temporaryDirectory(),
  fresh: false,
})

const input = (rows: number, hash = 'one file'): Flights => ({
  rows,
  batches: () => expect.unreachable(),
  measures: () => expect.unreachable(),
  hash: async () => hash,
})

const oneFlight = batchOf([{ delay: 3, distance: 2475 }])

const flightsOf = (rows: Iterable<Row>) => Array.from(rows, ({ name, flights }) => `${name} ${flights}`)

describe('the state on disk', () => {
  it('is, with its position, that of the last commit, every 50,000 departures', async () => {
    const place = anywhere()
    {
      await using storage = await openOnDisk(place, input(200_000))
      expect(storage).toMatchObject({ position: 0, announcement: expect.stringContaining(place.stateDir) })
      for (const nextRow of [25_000, 50_000, 75_000]) {
        storage.state.apply(oneFlight)
        await storage.commit(nextRow)
      }
    }
    await using storage = await openOnDisk(place, input(200_000))
    expect(storage).toMatchObject({
      position: 50_000,
      announcement: expect.stringContaining('departure 50,000 of 200,000'),
    })
    expect(flightsOf(storage.state.airports())).toEqual(['JFK 2'])
    expect(flightsOf(storage.state.routes())).toEqual(['JFK-LAX 2'])
  })

  it('is emptied once the run has finished', async () => {
    const place = anywhere()
    {
      await using storage = await openOnDisk(place, input(10))
      storage.state.apply(oneFlight)
      await storage.commit(10)
      expect(await storage.finish(10)).toMatchObject({ stateDir: place.stateDir, commits: 1 })
    }
    await using storage = await openOnDisk(place, input(10))
    expect(storage.position).toBe(0)
    expect([...storage.state.airports(), ...storage.state.routes()]).toEqual([])
  })

  it('is left as it was where a run refuses to go on from it', async () => {
    const place = anywhere()
    {
      await using storage = await openOnDisk(place, input(200_000))
      storage.state.apply(oneFlight)
      await storage.commit(50_000)
    }
    await expect(openOnDisk(place, input(200_000, 'another file'))).rejects.toThrow('over another file')
    await expect(openOnDisk(place, input(100))).rejects.toThrow('past the 100 to count')
    {
      await using storage = await openOnDisk(place, input(200_000))
      expect(storage.position).toBe(50_000)
      expect(flightsOf(storage.state.airports())).toEqual(['JFK 1'])
    }
    await using storage = await openOnDisk({ ...place, fresh: true }, input(100, 'another file'))
    expect(storage.position).toBe(0)
    expect([...storage.state.airports()]).toEqual([])
  })
})
