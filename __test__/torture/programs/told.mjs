import { openSync, readFileSync, writeSync } from 'node:fs'

/** How a life ended that was not cut short. */
export const endings = ['none', 'close', 'exit', 'exit in a transaction', 'throw', 'nothing left to do']

/** Where a life may be when it is killed. */
export const phases = ['starting', 'opening', 'verifying', 'writing', 'ending']

const SLOTS = 5

/**
 * What one process tells the next: a few numbers in a file, each written by one call, which outlive a kill of the process.
 */
export class Told {
  #file
  #slot = Buffer.alloc(8)

  /** @param {string} path of a file that is there */
  constructor(path) {
    this.path = path
    this.#file = openSync(path, 'r+')
  }

  /** @param {string} path */
  static read(path) {
    const bytes = readFileSync(path)
    const [begun, acknowledged, ending, expected, phase] = Array.from({ length: SLOTS }, (_, slot) =>
      bytes.length >= 8 * (slot + 1) ? bytes.readDoubleLE(8 * slot) : 0,
    )
    return { begun: begun ?? 0, acknowledged: acknowledged ?? 0, ending, expected, phase }
  }

  /** @param {number} slot @param {number} value */
  #set(slot, value) {
    this.#slot.writeDoubleLE(value)
    writeSync(this.#file, this.#slot, 0, 8, 8 * slot)
  }

  /** A batch is about to be ended: from now on it may be found. @param {number} batch */
  begin(batch) {
    this.#set(0, batch)
  }

  /** A batch was said to be durable: from now on it must be found. @param {number} batch */
  acknowledge(batch) {
    this.#set(1, batch)
  }

  /** The life ends, and exactly so many batches must be found. @param {string} how @param {number} expected */
  end(how, expected) {
    this.#set(3, expected)
    this.#set(2, endings.indexOf(how))
  }

  /** The life was cut short, whatever it was about to do. */
  cut() {
    this.#set(2, 0)
  }

  /** @param {string} phase */
  enter(phase) {
    this.#set(4, phases.indexOf(phase))
  }
}
