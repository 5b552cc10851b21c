import type { Row } from './layout.js'

/** Writes what stands before the key of a row in a buffer: start and end as doubles, and the number. */
export function writeRowHeader(view: DataView, at: number, { start, end, number }: Row): void {
  view.setFloat64(at, start, true)
  view.setFloat64(at + 8, end, true)
  view.setUint32(at + 16, number, true)
}
