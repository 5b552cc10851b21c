// Bars in groups, in columns, on a card: an SVG by itself.
import { nanoseconds } from './report.js'

export interface Bar {
  readonly label: string
  readonly style: 'ours' | 'peer' | 'floor'
  /** Nanoseconds; undefined where it was not measured. */
  readonly time: number | undefined
  /** What stands in the place of a time that there is none of. */
  readonly missing: string
}

/** Bars to the scale of the longest of them. */
export interface Group {
  readonly title: string
  readonly bars: readonly Bar[]
}

export interface Card {
  /** For those who can't see it. */
  readonly description: string
  readonly title: string
  readonly subtitle: string
  readonly columns: readonly { readonly title: string; readonly groups: readonly Group[] }[]
}

const WIDTH = 840
const MARGIN = 24
const COLUMN = (WIDTH - 3 * MARGIN) / 2
const NAME = 128
const NUMBER = 48
const BAR = 17
const HEAD = 96

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

const rowHeight = ({ bars }: Group) => 40 + bars.length * BAR

export function draw({ description, title, subtitle, columns }: Card): string {
  const tallest = Math.max(...columns.map(({ groups }) => groups.reduce((sum, group) => sum + rowHeight(group), 0)))
  const height = HEAD + tallest + 8
  const left = (column: number) => MARGIN + column * (COLUMN + MARGIN)
  const drawn = columns.map(({ groups }, column) => {
    let top = HEAD
    return groups.map(group => {
      const y = top
      top += rowHeight(group)
      return drawGroup(group, left(column), y)
    })
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${description}</title>
<style>${STYLE}
</style>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" class="ground"/>
${text(MARGIN, 30, 'title', title)}
${text(MARGIN, 48, 'faint', subtitle)}
${columns.map((column, i) => text(left(i), 84, 'title', column.title)).join('\n')}
${drawn.flat().join('\n')}
</svg>
`
}

function drawGroup({ title, bars }: Group, x: number, y: number): string {
  const longest = Math.max(...bars.map(({ time }) => time ?? 0))
  const drawn = bars.map(({ label, style, time, missing }, i) => {
    const top = y + 26 + i * BAR
    const name = text(x + NAME - 8, top + 11, 'end', label)
    if (time === undefined) return name + text(x + NAME, top + 11, 'faint', missing)
    const length = Math.max(1, (time / longest) * (COLUMN - NAME - NUMBER))
    const bar = `<rect x="${x + NAME}" y="${top}" width="${length.toFixed(1)}" height="${BAR - 4}" rx="2" class="${style}"/>`
    return name + bar + text(x + NAME + Math.ceil(length) + 6, top + 11, '', nanoseconds(time))
  })
  return [text(x, y + 17, 'group', title), ...drawn].join('\n')
}
