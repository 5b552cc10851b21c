/**
 * Numbers that only look random: the same for the same seed.
 *
 * @param {number} seed
 * @returns {(bound: number) => number} gives a whole number below a bound
 */
export function random(seed) {
  let state = seed >>> 0
  return bound => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}
