import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Complaint } from '../../../../examples/flights/complaint.js'
import { mapState } from '../../../../examples/flights/map-state.js'
import { drawRhythm, writePicture } from '../../../../examples/flights/picture.js'
import { rhythmOf } from '../../../../examples/flights/rhythm.js'
import { temporaryDirectory } from '../../../engines.js'
import { batchOf } from './departures.js'

const HOUR = 60

function state() {
  const made = mapState()
  const everyDay = [0, 1, 2, 3].flatMap(day => [
    { at: (day * 24 + 8) * HOUR, origin: 'ORD' },
    { at: (day * 24 + 8) * HOUR, origin: 'ORD', delay: 20 },
    { at: (day * 24 + 9) * HOUR, origin: 'JFK' },
  ])
  made.apply(batchOf([...everyDay, { at: 80 * HOUR, origin: 'JFK', delay: 60 }, { at: 81 * HOUR, origin: 'HHH' }]))
  made.end()
  return made
}

describe('the rhythm of the day', () => {
  it('is that of the busiest airports: departures a day, and how many of them were late', () => {
    const { airports, cells, days } = rhythmOf(state(), 2)
    expect(days).toBe(4)
    expect(airports).toEqual(['ORD Chicago', 'JFK New York'])
    expect(cells).toHaveLength(2)
    expect(cells).toContainEqual({ airport: 'ORD Chicago', hour: 8, departures: 2, late: 0.5 })
    expect(cells).toContainEqual({ airport: 'JFK New York', hour: 9, departures: 1.25, late: 0.2 })
  })

  it('does not say how many were late where there is less than a flight a day', () => {
    const { airports, cells } = rhythmOf(state())
    expect(airports[2]).toBe('HHH')
    expect(cells.at(-1)).toEqual({ airport: 'HHH', hour: 9, departures: 0.25, late: null })
  })
})

describe('the picture of it', () => {
  it('is an SVG with the names of the airports, the same each time', async () => {
    const rhythm = rhythmOf(state())
    const svg = await drawRhythm(rhythm)
    expect(svg.startsWith('<svg ') && svg.endsWith('</svg>\n')).toBe(true)
    expect(svg).toContain('ORD Chicago')
    expect(svg).not.toContain('NaN')
    expect((await drawRhythm(rhythm)) === svg).toBe(true)
  })

  it('is written into a directory that it makes', async () => {
    const path = join(temporaryDirectory(), 'below', 'rhythm.svg')
    await writePicture(path, rhythmOf(state()))
    expect(readFileSync(path, 'utf8')).toContain('The rhythm of a day')
  })

  it('is complained of in a line where it can not be written', async () => {
    const directory = temporaryDirectory()
    await expect(writePicture(directory, rhythmOf(state()))).rejects.toThrow(Complaint)
    await expect(writePicture(directory, rhythmOf(state()))).rejects.toThrow("the picture can't be written: EISDIR")
  })

  it('can be drawn of nothing', async () => {
    const empty = mapState()
    empty.end()
    expect(await drawRhythm(rhythmOf(empty))).toContain('<svg')
  })
})
