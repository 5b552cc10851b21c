import type { Session } from 'millpond'
import type { SpellRow } from './closed.js'

/** What is kept of a spell of delay; when it was the store knows. */
export type Spell = Omit<SpellRow, 'airport' | 'start' | 'end'>

/** The spell that a late departure makes of those that it is near. */
export function mergeSpells(near: readonly Session<Spell>[], delay: number): Spell {
  let [flights, delaySum, delayMax] = [1, delay, delay]
  for (const { value } of near) {
    flights += value.flights
    delaySum += value.delaySum
    if (value.delayMax > delayMax) delayMax = value.delayMax
  }
  return { flights, delaySum, delayMax }
}
