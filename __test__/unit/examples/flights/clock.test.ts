import { describe, expect, it } from 'vitest'
import { Clock } from '../../../../examples/flights/clock.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('the clock of the flights job', () => {
  it('goes on with the latest departure, and never back', () => {
    const clock = new Clock()
    expect([10, 5, 12].map(hour => clock.hourOf(hour * HOUR + 1, 0))).toEqual([10 * HOUR, 5 * HOUR, 12 * HOUR])
    expect(clock.reading).toMatchObject({ streamTime: 12 * HOUR + 1, firstTime: 5 * HOUR + 1 })
  })

  it('counts what came out of order, by how much, and what found its hour over', () => {
    const clock = new Clock()
    for (const time of [HOUR + 600, HOUR + 500, HOUR + 600, HOUR - 1]) clock.hourOf(time, 0)
    expect(clock.reading).toMatchObject({ outOfOrder: 2, behindSum: 701, behindMax: 601, inGrace: 1, tooLate: 0 })
    clock.hourOf(2 * HOUR, 0)
    clock.hourOf(2 * HOUR - 1, 0)
    expect(clock.reading).toMatchObject({ outOfOrder: 3, inGrace: 2, tooLate: 0 })
  })

  it('gives no hour to what comes a day of grace after the end of its own', () => {
    const clock = new Clock()
    clock.hourOf(HOUR + DAY - 1, 0)
    expect(clock.hourOf(HOUR - 1, 16)).toBe(0)
    clock.hourOf(HOUR + DAY, 0)
    expect(clock.hourOf(HOUR - 1, 16)).toBe(undefined)
    expect(clock.hourOf(0, 15)).toBe(undefined)
    expect(clock.hourOf(HOUR, 0)).toBe(HOUR)
    expect(clock.reading).toMatchObject({ tooLate: 2, tooLateDelayed: 1, tooLateDelaySum: 31, inGrace: 2 })
  })

  it('closes everything once, an hour before a spell that could still grow', () => {
    const clock = new Clock()
    clock.hourOf(5 * HOUR + DAY, 0)
    const open = 5 * HOUR
    const first = clock.close()
    expect(first).toEqual({
      hours: { from: -Infinity, to: open },
      spells: { from: -Infinity, to: open - 1.5 * HOUR },
    })
    clock.hourOf(6 * HOUR + DAY, 0)
    expect(clock.close().hours).toEqual({ from: open, to: open + HOUR })
    expect(clock.closeAll()).toEqual({
      hours: { from: open + HOUR, to: Infinity },
      spells: { from: first.spells.to + HOUR, to: Infinity },
    })
  })

  it('takes no flight into an hour that was closed, nor near a spell that was', () => {
    const clock = new Clock()
    clock.hourOf(5 * HOUR + DAY, 0)
    const { hours, spells } = clock.close()
    for (let time = 0; time < 6 * HOUR; time += 60_000) {
      const hour = clock.hourOf(time, 0)
      if (hour === undefined) continue
      expect(hour).toBeGreaterThanOrEqual(hours.to)
      expect(time - (spells.to - 1)).toBeGreaterThan(HOUR / 2)
    }
  })

  it('goes on from what it read before', () => {
    const clock = new Clock()
    clock.hourOf(5 * HOUR + DAY, 0)
    clock.close()
    const resumed = new Clock({ ...clock.reading })
    for (const time of [HOUR, 5 * HOUR, 7 * HOUR + DAY]) expect(resumed.hourOf(time, 20)).toBe(clock.hourOf(time, 20))
    expect(resumed.close()).toEqual(clock.close())
    expect(resumed.reading).toEqual(clock.reading)
  })
})
