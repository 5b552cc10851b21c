import type { Border } from '../native/binding.js'
import { Dictionary } from '../store/dictionary.js'
import { type OpenPart, Parts } from './parts.js'

/** The codes of the strings of an engine's stores. */
export class Dictionaries extends Parts<Dictionary> {
  constructor(border: Border, open: OpenPart) {
    super('dictionary', open, (name, openTable) => new Dictionary(border, name, openTable))
  }

  /** What is read may be another state than before. */
  refresh(): void {
    for (const dictionary of this) dictionary.refresh()
  }

  /** What was written last was taken back. */
  takenBack(): void {
    for (const dictionary of this) dictionary.takenBack()
  }
}
