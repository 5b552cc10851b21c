// The plot of a full run. By itself, `node out/bench/plot.js FILE.json` draws a run anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DriverName } from './drivers/index.js'
import type { Machine } from './machine.js'
import { caseName } from './plan.js'
import { nanoseconds } from './report.js'
import type { Result } from './run.js'
import type { WorkloadName } from './workloads/index.js'

/** A run as its file has it. */
export interface Run {
  readonly date: string
  readonly machine: Machine
  readonly results: readonly Result[]
}

const ROWS: readonly { workload: WorkloadName; size: number; title: string }[] = [
  { workload: 'get', size: 1, title: 'get' },
  { workload: 'scan', size: 100, title: 'scan of 100, an entry' },
  { workload: 'put', size: 1, title: 'put' },
  { workload: 'get + put', size: 1, title: 'get, then put' },
]
const COLUMNS = [10_000, 1_000_000]
const DRIVERS: readonly { name: DriverName; style: string }[] = [
  { name: 'millpond memory()', style: 'ours' },
  { name: 'sorted-btree', style: 'peer' },
  { name: 'map', style: 'floor' },
]

const WIDTH = 840
const MARGIN = 24
const COLUMN = (WIDTH - 3 * MARGIN) / 2
const NAME = 128
const NUMBER = 48
const BAR = 17
const HEAD = 96
const ROW = 40 + DRIVERS.length * BAR
const HEIGHT = HEAD + ROWS.length * ROW + 8

// A card with a ground of its own: what stands around it may be light or dark.
const STYLE = `
  svg { --ground: #ffffff; --edge: #d0d7de; --ink: #1f2328; --faint: #59636e; --ours: #0969da; --peer: #bc6c25; --floor: #8c959f }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #151b23; --edge: #3d444d; --ink: #f0f6fc; --faint: #9198a1; --ours: #4493f8; --peer: #db9d57; --floor: #656c76 }
  }
  text { font: 12px system-ui, sans-serif; fill: #1f2328; fill: var(--ink) }
  .title { font-size: 15px; font-weight: 600 }
  .group { font-weight: 600 }
  .faint { fill: #59636e; fill: var(--faint) }
  .end { text-anchor: end }
  .ground { fill: #ffffff; fill: var(--ground); stroke: #d0d7de; stroke: var(--edge) }
  .ours { fill: #0969da; fill: var(--ours) }
  .peer { fill: #bc6c25; fill: var(--peer) }
  .floor { fill: #8c959f; fill: var(--floor) }`

const text = (x: number, y: number, style: string, content: string) =>
  `<text x="${x}" y="${y}" class="${style}">${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`

export function plot({ date, machine, results }: Run): string {
  const groups = ROWS.flatMap(({ workload, size, title }, row) =>
    COLUMNS.map((keys, column) => {
      const name = caseName({ workload, keys, size, sameKeys: false })
      const x = MARGIN + column * (COLUMN + MARGIN)
      return group(
        results.filter(result => result.name === name),
        title,
        x,
        HEAD + row * ROW,
      )
    }),
  )
  const where = `medians; ${date}, ${machine.cpu}, ${machine.cpus} CPUs, Node ${machine.node}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>Nanoseconds an operation: millpond in memory, sorted-btree and Map</title>
<style>${STYLE}
</style>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8" class="ground"/>
${text(MARGIN, 30, 'title', 'Nanoseconds an operation: shorter is better, each group to its own scale')}
${text(MARGIN, 48, 'faint', where)}
${COLUMNS.map((keys, column) => text(MARGIN + column * (COLUMN + MARGIN), 84, 'title', keyCount(keys))).join('\n')}
${groups.join('\n')}
</svg>
`
}

const keyCount = (keys: number) =>
  keys < 1_000_000 ? `${keys / 1000} thousand keys` : `${keys / 1_000_000} million keys`

/** The drivers at one workload, to the scale of the slowest of them. */
function group(results: readonly Result[], title: string, x: number, y: number): string {
  const times = DRIVERS.map(({ name }) => results.find(result => result.driver === name)?.figures['']?.median)
  const longest = Math.max(...times.map(time => time ?? 0))
  const room = COLUMN - NAME - NUMBER
  const bars = DRIVERS.map(({ name, style }, i) => {
    const top = y + 26 + i * BAR
    const label = text(x + NAME - 8, top + 11, 'end', name === 'map' ? 'Map' : name)
    const time = times[i]
    if (time === undefined) return label + text(x + NAME, top + 11, 'faint', 'has no order')
    const length = Math.max(1, (time / longest) * room)
    const bar = `<rect x="${x + NAME}" y="${top}" width="${length.toFixed(1)}" height="${BAR - 4}" rx="2" class="${style}"/>`
    return label + bar + text(x + NAME + Math.ceil(length) + 6, top + 11, '', nanoseconds(time))
  })
  return [text(x, y + 17, 'group', title), ...bars].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2]
  if (file === undefined) throw new Error('expected the file of a run: bench/results/….json')
  const svg = new URL('../../bench/results/memory.svg', import.meta.url)
  writeFileSync(svg, plot(JSON.parse(readFileSync(file, 'utf8'))))
}
