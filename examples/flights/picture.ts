import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { GroupMark, Spec } from 'vega'
import { Complaint } from './complaint.js'
import type { Rhythm } from './rhythm.js'

const CELL = { width: 14, height: 18 }
const GROUND = '#ffffff'
const INK = '#1f2328'
const FAINT = '#59636e'

/** Draws the rhythm of the day, and writes it to a file. */
export async function writePicture(path: string, rhythm: Rhythm): Promise<void> {
  const svg = await drawRhythm(rhythm)
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, svg)
  } catch (error) {
    throw new Complaint(`the picture can't be written: ${(error as Error).message}`)
  }
}

/** An SVG: hours of the day by airport, how many departures, and which share of them was late. */
export async function drawRhythm(rhythm: Rhythm): Promise<string> {
  // A plotting library is nothing to load before there is something to plot.
  const { parse, resetSVGDefIds, View } = await import('vega')
  // Of one rhythm one picture: it counts its colour scales from the last picture on.
  resetSVGDefIds()
  const view = new View(parse(specOf(rhythm)), { renderer: 'none' })
  try {
    const svg = await view.toSVG()
    return `${svg}\n`
  } finally {
    view.finalize()
  }
}

function specOf({ airports, cells, days }: Rhythm): Spec {
  const title = 'The rhythm of a day at the busiest airports'
  return {
    $schema: 'https://vega.github.io/schema/vega/v6.json',
    description: `${title}: departures and late ones by hour of the day`,
    background: GROUND,
    padding: 16,
    title: {
      text: title,
      subtitle: [
        `By the hour in which flights left, local time; the average of ${days.toLocaleString('en-US')} days.`,
        'Grey: less than a flight a day.',
      ],
      anchor: 'start',
      color: INK,
      subtitleColor: FAINT,
      fontSize: 15,
      offset: 16,
    },
    config: {
      axis: { domain: false, ticks: false, labelColor: INK, titleColor: FAINT, titleFontWeight: 'normal' },
      legend: { labelColor: INK, titleColor: FAINT, titleFontWeight: 'normal' },
    },
    data: [{ name: 'cells', values: [...cells] }],
    scales: [
      {
        name: 'hours',
        type: 'band',
        domain: Array.from({ length: 24 }, (_, hour) => hour),
        range: [0, 24 * CELL.width],
      },
      { name: 'airports', type: 'band', domain: [...airports], range: [0, airports.length * CELL.height] },
      {
        name: 'departures',
        type: 'linear',
        domain: { data: 'cells', field: 'departures' },
        range: { scheme: 'blues' },
        zero: true,
      },
      // Late in the evening nearly all are late: the rest of the day shows better when half of them is the end of the scale.
      { name: 'late', type: 'linear', domain: [0, 0.5], range: { scheme: 'orangered' }, clamp: true },
    ],
    layout: { columns: 2, padding: 24, align: 'each' },
    marks: [
      heatmap('departures', 'Departures in the hour', airports.length, true),
      heatmap('late', 'More than 15 minutes late', airports.length, false),
    ],
  }
}

/** A square for each hour of the day and airport, coloured by a field on the scale of its name. */
function heatmap(field: string, title: string, airports: number, named: boolean): GroupMark {
  return {
    type: 'group',
    encode: { enter: { width: { value: 24 * CELL.width }, height: { value: airports * CELL.height } } },
    axes: [
      { scale: 'hours', orient: 'top', title, values: [0, 3, 6, 9, 12, 15, 18, 21] },
      { scale: 'airports', orient: 'left', labels: named },
    ],
    legends: [
      {
        fill: field,
        orient: 'bottom',
        direction: 'horizontal',
        gradientLength: 24 * CELL.width,
        gradientThickness: 8,
        ...(field === 'late' && { format: '.0%' }),
      },
    ],
    marks: [
      {
        type: 'rect',
        from: { data: 'cells' },
        encode: {
          enter: {
            x: { scale: 'hours', field: 'hour' },
            y: { scale: 'airports', field: 'airport' },
            width: { scale: 'hours', band: 1, offset: -1 },
            height: { scale: 'airports', band: 1, offset: -1 },
            fill: [
              { test: `datum.${field} === null`, value: '#eff1f3' },
              { scale: field, field },
            ],
          },
        },
      },
    ],
  }
}
