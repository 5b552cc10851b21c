// Keys are 16 bytes, `customer-` and seven digits of base 36 that are scattered over the whole range, so that keys in
// the order of their numbers are in no order as text. None is kept: each is made of its number when it is wanted.

const PREFIX = 'customer-'
const DIGITS = 7
const WIDTH = PREFIX.length + DIGITS

/** Another number of 32 bits for each: the last steps of MurmurHash3, each of which can be undone. */
function scatter(number: number): number {
  let h = number
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

const scratch = Buffer.from(PREFIX + '0'.repeat(DIGITS))

function place(number: number): void {
  let rest = scatter(number)
  for (let at = WIDTH - 1; at >= PREFIX.length; at--) {
    const digit = rest % 36
    scratch[at] = digit < 10 ? 48 + digit : 87 + digit
    rest = (rest - digit) / 36
  }
}

/**
 * The key of a number as a string of its own, as it would come out of a message: equal to the one that a store holds,
 * not the same object, and with no hash computed yet.
 */
export function keyOf(number: number): string {
  place(number)
  return scratch.toString('latin1')
}

/** Numbers below a bound, the same ones for each seed (xorshift). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  below(bound: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % bound
  }
}
