import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { asyncBufferFromFile, type DecodedArray, type ParquetScan, parquetScan } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

/** Departures as columns, in the file's order, which is by time. */
export interface Batch {
  /** The file's row that index 0 stands for. */
  readonly firstRow: number
  /** Where to read on once this batch is applied: the position to commit. */
  readonly nextRow: number
  readonly origin: readonly string[]
  readonly destination: readonly string[]
  /** Minutes; a flight that left early has a negative one. */
  readonly delay: Float64Array
  /** Miles. */
  readonly distance: Float64Array
}

export interface Flights {
  /** How many departures the batches hold together. */
  readonly rows: number
  batches(): AsyncGenerator<Batch, void, undefined>
}

const columns = ['origin', 'destination', 'delay', 'distance']

/** Opens the three million departures that the npm package vega-datasets carries. */
export async function openFlights({ limit = Infinity, batchRows = 20_000 } = {}): Promise<Flights> {
  // The package exports its entry alone, so the data is found from there.
  const entry = createRequire(import.meta.url).resolve('vega-datasets')
  const file = await asyncBufferFromFile(resolve(entry, '../../data/flights-3m.parquet'))
  const scan = await parquetScan({ file, compressors, columns, ...(limit < Infinity && { rowEnd: limit }) })
  return { rows: scan.ranges.at(-1)?.rowEnd ?? 0, batches: () => readBatches(scan, batchRows) }
}

/** Decodes a row group when its first batch is asked for, and cuts it up so that progress and commits come often. */
async function* readBatches(scan: ParquetScan, batchRows: number): AsyncGenerator<Batch, void, undefined> {
  for (const { rowStart, rowEnd } of scan.ranges) {
    const read = (column: string) => scan.readColumn({ column, rowStart, rowEnd })
    const [origin, destination, delay, distance] = await Promise.all([
      read('origin').then(cells => strings(cells, 'origin', rowStart)),
      read('destination').then(cells => strings(cells, 'destination', rowStart)),
      read('delay').then(cells => numbers(cells, 'delay', rowStart)),
      read('distance').then(cells => numbers(cells, 'distance', rowStart)),
    ])
    for (let from = 0; from < origin.length; from += batchRows) {
      const to = Math.min(from + batchRows, origin.length)
      yield {
        firstRow: rowStart + from,
        nextRow: rowStart + to,
        origin: origin.slice(from, to),
        destination: destination.slice(from, to),
        delay: delay.subarray(from, to),
        distance: distance.subarray(from, to),
      }
    }
  }
}

// The columns are declared optional and hold no null. One that turned up must not be counted as 0 or as an airport.
function present(cell: unknown, column: string, row: number): NonNullable<unknown> {
  if (cell === null || cell === undefined) throw new Error(`flights-3m.parquet: row ${row} has no ${column}`)
  return cell
}

function strings(cells: DecodedArray, column: string, firstRow: number): string[] {
  for (let i = 0; i < cells.length; i++) present(cells[i], column, firstRow + i)
  return cells as string[]
}

/** The file keeps 64-bit integers, decoded as bigints; minutes and miles are far below 2^53. */
function numbers(cells: DecodedArray, column: string, firstRow: number): Float64Array {
  const out = new Float64Array(cells.length)
  for (let i = 0; i < out.length; i++) out[i] = Number(present(cells[i], column, firstRow + i))
  return out
}
