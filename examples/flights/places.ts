import { readFileSync } from 'node:fs'
import { dataFile } from './data-file.js'

/** What there is to know of an airport. */
export interface Place {
  readonly airport: string
  readonly name: string
  /** Empty for the few of which the file has no city. */
  readonly city: string
  readonly state: string
}

/** The table of airports that vega-datasets carries. */
export function readPlaces(): Place[] {
  const [head, ...lines] = readFileSync(dataFile('airports.csv'), 'utf8').trimEnd().split(/\r?\n/)
  if (!head?.startsWith('iata,name,city,state,')) throw new Error(`airports.csv: unexpected columns: ${head}`)
  return lines.map(line => {
    const [airport, name, city, state] = cellsOf(line) as [string, string, string, string]
    return { airport, name, city: known(city), state: known(state) }
  })
}

const known = (cell: string) => (cell === 'NA' ? '' : cell)

/** The cells of a line of comma-separated values. Those with commas stand in quotes, which are doubled within. */
export function cellsOf(line: string): string[] {
  const cells = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)
  return Array.from(cells, ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!)
}

/** 'Chicago, IL', or the airport's own name where its city is unknown. */
export function placeText(place: Place | undefined): string {
  if (!place) return 'unknown'
  return place.city ? `${place.city}, ${place.state}` : place.name
}
