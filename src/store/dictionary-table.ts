import { ioOver } from '../codec/codec.js'
import type { TextCodes } from '../codec/codes.js'
import { corrupt } from '../codec/corrupt.js'
import { readText } from '../codec/text.js'
import { type Border, type Handle, NO_HANDLE, type Operations } from '../native/binding.js'
import { DATA_AT, giveBack, HEAD_WORDS, io, LARGE, lease, NO_SCAN, ROWS, type SharedBuffer } from '../native/io.js'
import { failure } from '../native/status.js'

// A row for each string: its code, big-endian so that rows are in the order of codes, and its UTF-8.
const CODE = 4
const NO_LIMIT = 2 ** 31 - 1

/**
 * The table that keeps the codes of a store's strings. Codes are asked for while a row is on its way, so nothing here touches
 * more of the shared buffer than the place of the key, and what reads puts back what it found there.
 */
export class DictionaryTable {
  readonly #hot: Operations

  constructor(
    private readonly border: Border,
    readonly handle: Handle,
    private readonly store: string,
  ) {
    this.#hot = border.hot
  }

  has(code: number): boolean {
    return this.#checked(this.#hot.has(this.handle, placeCode(code))) === 1
  }

  put(code: number, text: string): void {
    this.#checked(this.#hot.putBytes(this.handle, placeCode(code), Buffer.from(text)))
  }

  clear(): void {
    this.#checked(this.border.binding.clear(this.handle))
  }

  /** Reads all rows. */
  readInto(texts: TextCodes): void {
    const memory = lease()
    let scan = NO_HANDLE
    try {
      let count = this.#hot.scan(this.handle, memory.number, 0, 0, 0, ROWS, NO_LIMIT)
      for (;;) {
        this.#checked(count)
        scan = scanOf(memory)
        this.#readRows(memory, count, texts)
        if (scan === NO_HANDLE) return
        count = this.#hot.scanNext(scan, memory.number, ROWS, NO_LIMIT)
      }
    } finally {
      if (scan !== NO_HANDLE) this.#hot.scanClose(scan)
      giveBack(memory)
    }
  }

  #readRows(memory: SharedBuffer, count: number, texts: TextCodes): void {
    let at = DATA_AT
    for (let row = 0; row < count; row++) {
      const valueAt = memory.words[HEAD_WORDS + 2 * row]!
      const end = memory.words[HEAD_WORDS + 2 * row + 1]!
      const code = texts.size
      if (valueAt - at !== CODE || memory.view.getUint32(at) !== code)
        throw this.#corrupt('its codes are not 0, 1, 2 …')
      const text = end === LARGE ? this.#readLarge(code) : readText(memory, valueAt, end)
      const first = texts.find(text)
      if (first !== undefined) throw this.#corrupt(`${first} and ${code} stand for one string`)
      texts.add(text)
      at = end === LARGE ? valueAt : end
    }
  }

  #readLarge(code: number): string {
    const before = io.view.getUint32(0)
    const value = this.#hot.valueOf(this.handle, NO_HANDLE, placeCode(code))
    io.view.setUint32(0, before)
    if (typeof value === 'number') throw failure(value, { store: this.store })
    return readText(ioOver(value), 0, value.length)
  }

  #checked(outcome: number): number {
    if (outcome < 0) throw failure(outcome, { store: this.store })
    return outcome
  }

  #corrupt(what: string): Error {
    return corrupt(`store ${JSON.stringify(this.store)}: the dictionary is not what was written: ${what}`)
  }
}

function scanOf({ words }: SharedBuffer): Handle {
  return words[0] === NO_SCAN && words[1] === NO_SCAN ? NO_HANDLE : words[1]! * 2 ** 32 + words[0]!
}

function placeCode(code: number): number {
  io.view.setUint32(0, code)
  return CODE
}
