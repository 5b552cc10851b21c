import type { SpellRow } from './closed.js'
import { spells } from './windows.js'

interface OpenSpell {
  start: number
  end: number
  flights: number
  delaySum: number
  delayMax: number
}

/** The spells of each airport in an array, by time: no two are within the gap of each other. */
export class MapSpells {
  readonly #byAirport = new Map<string, OpenSpell[]>()

  /** Adds a late departure to the spells that it is near, which become one. */
  merge(airport: string, time: number, delay: number): void {
    const open = this.#byAirport.get(airport)
    if (open === undefined) {
      this.#byAirport.set(airport, [begun(time, delay)])
      return
    }
    let to = open.length
    while (to > 0 && open[to - 1]!.start > time + spells.gap) to--
    let from = to
    while (from > 0 && open[from - 1]!.end >= time - spells.gap) from--
    if (from === to) {
      open.splice(to, 0, begun(time, delay))
      return
    }
    const spell = open[from]!
    for (const { end, flights, delaySum, delayMax } of open.slice(from + 1, to)) {
      spell.end = end
      spell.flights += flights
      spell.delaySum += delaySum
      spell.delayMax = Math.max(spell.delayMax, delayMax)
    }
    if (to - from > 1) open.splice(from + 1, to - from - 1)
    spell.start = Math.min(spell.start, time)
    spell.end = Math.max(spell.end, time)
    spell.flights += 1
    spell.delaySum += delay
    spell.delayMax = Math.max(spell.delayMax, delay)
  }

  /** Takes out what ended before a time. */
  *takeBefore(time: number): Iterable<SpellRow> {
    for (const [airport, open] of this.#byAirport) {
      let taken = 0
      while (taken < open.length && open[taken]!.end < time) taken++
      for (const spell of open.splice(0, taken)) yield { airport, ...spell }
    }
  }
}

const begun = (time: number, delay: number): OpenSpell => ({
  start: time,
  end: time,
  flights: 1,
  delaySum: delay,
  delayMax: delay,
})
