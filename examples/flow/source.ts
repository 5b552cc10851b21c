import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

/** A departure, as a record of the topic `flights`; its key is the airport that it leaves. */
export interface Flight {
  readonly destination: string
  /** Minutes; negative if it left early. */
  readonly delay: number
}

export interface Departure {
  readonly origin: string
  /** When it really left, in milliseconds: those that are late come out of order. */
  readonly time: number
  readonly flight: Flight
}

export interface Airport {
  readonly code: string
  readonly name: string
  readonly city: string
}

// The package exports its entry alone, so the data is found from there.
const data = (name: string) => resolve(createRequire(import.meta.url).resolve('vega-datasets'), '../../data', name)

interface Row {
  readonly date: Date
  readonly delay: bigint
  readonly origin: string
  readonly destination: string
}

/** The first departures of 2001, in the order of the timetable. */
export async function readDepartures(limit: number): Promise<Departure[]> {
  const file = await asyncBufferFromFile(data('flights-3m.parquet'))
  const columns = ['date', 'delay', 'origin', 'destination']
  const rows = (await parquetReadObjects({ file, compressors, columns, rowEnd: limit })) as unknown as Row[]
  return rows.map(({ date, delay, origin, destination }) => {
    const minutes = Number(delay)
    return { origin, time: date.getTime() + minutes * 60_000, flight: { destination, delay: minutes } }
  })
}

/** The airports of the United States: code, name and city. */
export async function readAirports(): Promise<Airport[]> {
  const [, ...lines] = (await readFile(data('airports.csv'), 'utf8')).trim().split('\n')
  return lines.map(line => {
    const [code = '', name = '', city = ''] = Array.from(
      line.matchAll(/"([^"]*)"|[^,]+/g),
      ([field, quoted]) => quoted ?? field,
    )
    return { code, name, city }
  })
}
