import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { asyncBufferFromFile, type DecodedArray, type ParquetScan, parquetScan } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { dataFile } from './data-file.js'

/** The columns that hold numbers. */
export interface Measures {
  /** Minutes; a flight that left early has a negative one. */
  readonly delay: Float64Array
  /** Miles. */
  readonly distance: Float64Array
}

/** Departures as columns, in the file's order, which is by scheduled time. */
export interface Batch extends Measures {
  /** The file's row that index 0 stands for. */
  readonly firstRow: number
  /** Where to read on once this batch is applied: the position to commit. */
  readonly nextRow: number
  /** When each was to leave: milliseconds since the epoch, as if the clocks of its airport showed UTC. */
  readonly scheduled: Float64Array
  readonly origin: readonly string[]
  readonly destination: readonly string[]
}

export interface Flights {
  /** How many departures the batches hold together. */
  readonly rows: number
  /** From a row on. They end where a multiple of `batchRows` does, wherever they begin. */
  batches(fromRow?: number): AsyncGenerator<Batch, void, undefined>
  /** Of the rows before `toRow`: a second reading, for what an earlier run has counted. */
  measures(toRow: number): AsyncGenerator<Measures, void, undefined>
  /** The file's SHA-256, whatever the limit: a position is one in this file and no other. */
  hash(): Promise<string>
}

const columns = ['date', 'origin', 'destination', 'delay', 'distance']
// The file keeps microseconds, of which hyparquet would make Dates.
const parsers = { timestampFromMicroseconds: (micros: bigint) => Number(micros) / 1000 }

/** Opens the three million departures that the npm package vega-datasets carries. */
export async function openFlights({ limit = Infinity, batchRows = 25_000 } = {}): Promise<Flights> {
  const path = dataFile('flights-3m.parquet')
  const file = await asyncBufferFromFile(path)
  const scan = await parquetScan({ file, compressors, columns, parsers, ...(limit < Infinity && { rowEnd: limit }) })
  return {
    rows: scan.ranges.at(-1)?.rowEnd ?? 0,
    batches: (fromRow = 0) => readBatches(scan, fromRow, batchRows),
    measures: toRow => readMeasures(scan, toRow),
    hash: () => hashOf(path),
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** A row group, or as much of it as the limit leaves. */
type RowRange = ParquetScan['ranges'][number]

/** Decodes a row group when its first batch is asked for, and cuts it up so that progress and commits come often. */
async function* readBatches(scan: ParquetScan, fromRow: number, batchRows: number): AsyncGenerator<Batch> {
  for (const range of scan.ranges.filter(({ rowEnd }) => rowEnd > fromRow)) {
    const { rowStart, rowEnd } = range
    const [scheduled, origin, destination, delay, distance] = await Promise.all([
      readNumbers(scan, range, 'date'),
      readStrings(scan, range, 'origin'),
      readStrings(scan, range, 'destination'),
      readNumbers(scan, range, 'delay'),
      readNumbers(scan, range, 'distance'),
    ])
    let nextRow: number
    for (let firstRow = Math.max(rowStart, fromRow); firstRow < rowEnd; firstRow = nextRow) {
      nextRow = Math.min(firstRow - (firstRow % batchRows) + batchRows, rowEnd)
      const [from, to] = [firstRow - rowStart, nextRow - rowStart]
      yield {
        firstRow,
        nextRow,
        scheduled: scheduled.subarray(from, to),
        origin: origin.slice(from, to),
        destination: destination.slice(from, to),
        delay: delay.subarray(from, to),
        distance: distance.subarray(from, to),
      }
    }
  }
}

async function* readMeasures(scan: ParquetScan, toRow: number): AsyncGenerator<Measures> {
  for (const range of scan.ranges.filter(({ rowStart }) => rowStart < toRow)) {
    const [delay, distance] = await Promise.all([
      readNumbers(scan, range, 'delay'),
      readNumbers(scan, range, 'distance'),
    ])
    const to = toRow - range.rowStart
    yield { delay: delay.subarray(0, to), distance: distance.subarray(0, to) }
  }
}

// The columns are declared optional and hold no null. One that turned up must not be counted as 0 or as an airport.
function present(cell: unknown, column: string, row: number): NonNullable<unknown> {
  if (cell === null || cell === undefined) throw new Error(`flights-3m.parquet: row ${row} has no ${column}`)
  return cell
}

async function readStrings(scan: ParquetScan, range: RowRange, column: string): Promise<string[]> {
  const cells = await readColumn(scan, range, column)
  for (let i = 0; i < cells.length; i++) present(cells[i], column, range.rowStart + i)
  return cells as string[]
}

/** The file keeps 64-bit integers, decoded as bigints; minutes, miles and times are far below 2^53. */
async function readNumbers(scan: ParquetScan, range: RowRange, column: string): Promise<Float64Array> {
  const cells = await readColumn(scan, range, column)
  const out = new Float64Array(cells.length)
  for (let i = 0; i < out.length; i++) out[i] = Number(present(cells[i], column, range.rowStart + i))
  return out
}

function readColumn(scan: ParquetScan, { rowStart, rowEnd }: RowRange, column: string): Promise<DecodedArray> {
  return scan.readColumn({ column, rowStart, rowEnd })
}
