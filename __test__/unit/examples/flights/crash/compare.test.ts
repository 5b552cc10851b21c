import { describe, expect, it } from 'vitest'
import { contentsOf, differences, tableOf } from '../../../../../examples/flights/crash/compare.js'
import { openOnDisk } from '../../../../../examples/flights/disk.js'
import { runJob } from '../../../../../examples/flights/job.js'
import { makeReport } from '../../../../../examples/flights/report.js'
import { openFlights } from '../../../../../examples/flights/source.js'
import { temporaryDirectory } from '../../../../engines.js'

/** Counts some flights, of which `lost` are missing at the end. */
async function counted(limit: number, lost = 0) {
  const stateDir = temporaryDirectory()
  const flights = await openFlights({ limit })
  await using storage = await openOnDisk({ kind: 'disk', stateDir, fresh: false }, flights)
  const result = await runJob(flights.batches(lost), storage.state, storage)
  await storage.finish(limit)
  return { stateDir, table: tableOf(makeReport(storage.state, result)) }
}

describe('two ends of the flights job', () => {
  it('are the same, row for row, where the same was counted', async () => {
    const [one, other] = [await counted(2000), await counted(2000)]
    expect(differences(one.table, other.table)).toEqual([])
    expect(differences(await contentsOf(one.stateDir), await contentsOf(other.stateDir))).toEqual([])
  })

  it('differ in the table and in the stores by a single flight', async () => {
    const [one, other] = [await counted(2000), await counted(2000, 1)]
    expect(differences(one.table, other.table)).toEqual(expect.arrayContaining(['totals', 'state']))
    const different = differences(await contentsOf(one.stateDir), await contentsOf(other.stateDir))
    expect(different).toEqual(expect.arrayContaining(['airports', 'routes', 'hours', 'rhythm']))
    expect(different).not.toContain('places')
  })
})
