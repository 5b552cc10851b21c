import { createRequire } from 'node:module'
import { resolve } from 'node:path'

/** The path of a file of the npm package vega-datasets. */
export function dataFile(name: string): string {
  // The package exports its entry alone, so the data is found from there.
  const entry = createRequire(import.meta.url).resolve('vega-datasets')
  return resolve(entry, '../../data', name)
}
